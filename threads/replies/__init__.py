"""Reply links: comments of files, their keys, matching, excerpts, links and reading order. No database."""
