"""Everything read from the environment, and only here."""
