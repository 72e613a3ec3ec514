"""Tables and queries: rows never leave this package, values do."""
