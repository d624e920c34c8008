"""What people are told: an inbox of their own, and a text message where it cannot wait."""
