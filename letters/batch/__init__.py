"""Plan, release, print, seal, hand over: one state machine over batches, resumable at any point."""
