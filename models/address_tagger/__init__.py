"""A learned tagger of address text: signs in, labelled spans out. Pure arrays; it knows no gazetteer and no database.

labels names what it says, features/kernels/plain how a text is scored and decoded (fast and plainly), training how weights are
learned, weights how they lie on disk. locate/address uses it; scripts/train_address_tagger makes the shipped weights.
"""
