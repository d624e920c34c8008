"""Screens at stations: paired by a one-time code, they show the rotating digits and their QR."""
