"""Plumbing of the JSON door."""
