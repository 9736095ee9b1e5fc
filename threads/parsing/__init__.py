"""Parts that formats share: documents, front matter, headings, quotes, keys of threads. No database."""
