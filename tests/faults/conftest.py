"""The fixtures of the first run, for services that are killed."""

from tests.first_run.conftest import city_folder, first_start, serve

__all__ = ["city_folder", "first_start", "serve"]
