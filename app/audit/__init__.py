"""The audit trail: an append-only chain of what staff did."""
