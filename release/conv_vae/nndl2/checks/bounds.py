"""How much one answer or argument may hold, and what stays of a text: the same on both sides."""

from __future__ import annotations

import unicodedata

from nndl2.checks.model import Reason, Unusable

DEPTH_LIMIT = 6  # lists, tuples and dicts inside each other
LEAF_LIMIT = 4096  # values, the containers among them
BYTE_LIMIT = 64 << 20  # of an answer's arrays
QUESTION_LIMIT = 256 << 20  # of an argument's, which can hold a data set
TEXT_LIMIT = 400  # characters of one text
TEXTS_LIMIT = 1 << 16  # characters of all texts and keys
NAME_LIMIT = 200  # characters of a name or a key


class TooMuch(ValueError):
    """A value is nested too deep, or holds too much."""


class Room:
    """What one value may still hold; raises `TooMuch` when that is used up."""

    def __init__(self, byte_limit: int = BYTE_LIMIT) -> None:
        self.values, self.bytes, self.characters = LEAF_LIMIT, byte_limit, TEXTS_LIMIT

    def enter(self, depth: int, length: int) -> None:
        """A container with `length` elements, inside of `depth` others."""
        if depth >= DEPTH_LIMIT:
            raise TooMuch(f"it is nested more than {DEPTH_LIMIT} deep")
        self.hold()
        if length > self.values:
            raise TooMuch(f"it holds more than {LEAF_LIMIT} values")

    def hold(self, size: int = 0) -> None:
        """One value more, with `size` bytes of numbers."""
        self.values, self.bytes = self.values - 1, self.bytes - size
        if self.values < 0:
            raise TooMuch(f"it holds more than {LEAF_LIMIT} values")
        if self.bytes < 0:
            raise TooMuch("it holds too many numbers")

    def say(self, text: str) -> None:
        """A text or a key more."""
        self.characters -= len(text)
        if self.characters < 0:
            raise TooMuch(f"it holds more than {TEXTS_LIMIT} characters")


def cleaned(text: str, limit: int, keep: str = "") -> str:
    """`text` without control, format and surrogate characters, cut to `limit`."""
    if text.isascii() and text.isprintable():
        return text[:limit]
    return "".join(
        c for c in text[:limit] if c in keep or not unicodedata.category(c).startswith("C")
    )


def swollen(name: str) -> Unusable:
    """What to raise where no question to `name` can hold its arguments.

    Only what a program answered itself can be so large.
    """
    text = f"{name} answered so much before that no question can hold it"
    return Unusable(text, Reason.SUSPICIOUS, name)
