"""Tests of the staff panel, through its pages."""
