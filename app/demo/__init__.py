"""The demo city, built through the services."""
