"""From files to rows: reading, linking, assembling, loading."""
