"""鸥遇 Ouyu: a city's civilised-tourism stations and the people who visit them."""

__version__ = "0.3.0"
