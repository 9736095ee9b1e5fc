"""Keep an archive usable and true: check the database, verify it, and renew it after a rule has changed."""
