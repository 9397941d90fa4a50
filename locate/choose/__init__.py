"""Which address and postal product to write to: probability, value, reasons. The estimator is behind a protocol."""
