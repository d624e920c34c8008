"""Events: what is to be done where, in shifts, and who has signed up for them."""
