"""Calendar files: of an event for everybody, and a private feed of one's own sign-ups."""
