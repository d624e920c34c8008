"""The phone page: one shell, plain ES modules, nothing but /api/v1 behind it."""
