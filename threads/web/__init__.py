"""What applies to all responses: page cache, security headers, request limits, preferences, template context."""
