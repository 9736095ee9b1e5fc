"""How numbers are written, where that differs from Django's own account of a language. Named by the settings."""
