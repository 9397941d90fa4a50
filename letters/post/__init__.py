"""Item numbers, presort, manifest, sealed batch, hand-over places, answers, outcomes."""
