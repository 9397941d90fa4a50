"""Open a lender's file, find its header, map its columns, check every row, report. ``store`` keeps what was accepted."""
