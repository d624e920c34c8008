"""The first run, as somebody with a fresh clone meets it: real processes, real files."""
