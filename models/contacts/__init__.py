"""Which contact to ask: trials, estimators of usefulness and complaint, calibration, ranking, evaluation, gate. Arrays in, arrays out."""
