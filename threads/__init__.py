"""The discussion archive: everything it does, room by room (see `docs/architecture.md`)."""
