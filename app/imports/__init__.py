"""Imports of Excel files: preview, run, undo; what is imported is said by a subject of another domain."""
