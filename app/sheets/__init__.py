"""Excel files out and in: what is written is text or a number, never a formula; what is read is never trusted."""
