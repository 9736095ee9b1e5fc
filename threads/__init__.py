"""The discussion archive. `docs/architecture.md` describes its packages."""
