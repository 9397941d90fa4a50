"""A corpus of labelled addresses composed from open place names, to train the address tagger where no labels can be had."""
