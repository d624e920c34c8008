"""The load suite: Ouyu against bare Flask on this machine. `make bench`."""
