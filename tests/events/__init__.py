"""Tests of events, shifts and sign-ups."""
