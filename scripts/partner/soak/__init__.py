"""A soak: many batches through the command line and the simulated partner with every fault, then piece by piece compared."""
