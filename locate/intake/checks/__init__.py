"""Checks of single fields: each takes a cell and gives the clean value or a ``Fault``. Pure; no file, no row, no clock."""
