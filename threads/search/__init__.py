"""Full-text search: the syntax of queries, the index of visible texts, results and their order."""
