"""Volunteers: citizens who help, what they can do, and who speaks for the young ones."""
