"""The site: settings, root URLs and the WSGI application."""
