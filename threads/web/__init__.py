"""What applies to all responses: page cache, security headers, throttling, preferences, template context."""
