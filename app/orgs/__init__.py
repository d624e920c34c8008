"""Districts, organisations, staff and what they may do."""
