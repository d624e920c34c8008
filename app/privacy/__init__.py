"""What people agree to, and their rights over their own data: a copy of it, and its erasure."""
