"""SQL that several packages share: bulk writes, names, totals, versions, prepared queries."""
