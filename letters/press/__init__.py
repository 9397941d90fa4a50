"""Content → PDF pages: fonts, layout, marks, barcodes, seal. Deterministic bytes; a missing glyph stops the letter."""
