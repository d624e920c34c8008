"""Visits: the check-in decision and its records."""
