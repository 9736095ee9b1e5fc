"""From files to rows: runs, workers, builds, changes and loads. docs/architecture/importing.md describes them."""
