"""How numbers and days are written, where not as Django has it for a language. Named by the settings."""
