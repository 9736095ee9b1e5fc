"""Which comment answers which: linking, matching, reading order. No database."""
