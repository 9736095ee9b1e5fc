"""Around every response: page cache, headers, limits, reader preferences."""
