"""Stations: place, opening, services and posters."""
