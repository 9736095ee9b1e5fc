"""Keep an archive true: verify it, and renew it after a rule has changed."""
