"""Citizens, their sessions and preferences."""
