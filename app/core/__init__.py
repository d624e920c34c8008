"""Shared ground: knows no domain and no Flask view."""
