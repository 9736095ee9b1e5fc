"""Commands of `manage.py`: arguments, one call, a report."""
