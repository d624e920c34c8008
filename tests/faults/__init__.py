"""Servers killed under load; marked `fault`, run by .ci/run."""
