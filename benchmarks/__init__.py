"""Figures that a person wants to know and no test asserts: `make bench`."""
