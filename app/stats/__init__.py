"""Numbers over all domains, each with the rows behind it."""
