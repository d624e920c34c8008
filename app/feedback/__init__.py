"""What people tell the city: problems and wishes, without signing in, answered by a private link."""
