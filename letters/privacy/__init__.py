"""Personal data of the people in cases: looked at with a reason, given out to themselves, kept as long as must be, erased."""
