"""Pairs of programs in a class that are worth a look: alike in what few others have."""
