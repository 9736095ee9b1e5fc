"""What a text says, read without a database: headings, front matter, quotes, keys of threads."""
