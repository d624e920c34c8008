"""Commands of no single domain, and the periodic tasks."""
