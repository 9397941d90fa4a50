"""How likely a letter reaches its addressee at a place: examples, features, estimators and their evaluation. Arrays in, arrays out."""
