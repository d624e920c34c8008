"""Volunteers: people who gave a real name and may be put on a shift, and what they are qualified for."""
