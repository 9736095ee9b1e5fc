"""Queries and presenters of the public pages."""
