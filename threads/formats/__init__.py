"""Forms of backup: each module turns files of one form into documents."""
