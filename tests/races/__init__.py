"""Races: real processes over HTTP against real gunicorn, and writers in processes of their own."""
