"""Tests of offices, staff and their rights."""
