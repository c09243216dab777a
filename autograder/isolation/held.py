"""Arrays that a worker keeps, so that what is planted again and again is sent to it once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST, MOST = 1 << 14, 16 << 20  # bytes of one that is kept, and of all
Arrays = Sequence[np.ndarray]


class Sent:
    """The grader's side: which arrays the living worker keeps. Only those that cannot change."""

    def __init__(self) -> None:
        self.kept: list[np.ndarray] = []

    def laid(self, arrays: Arrays) -> tuple[list[int], Arrays, Arrays]:
        """The place of each array, those to send, and those of them that are then kept.

        A place is the array's number among those that are kept, -1 for one that is not.
        """
        numbers = {id(array): n for n, array in enumerate(self.kept)}
        room = MOST - sum(array.nbytes for array in self.kept)
        places, sent, fresh = [], [], []
        for array in arrays:
            if id(array) not in numbers and _is_constant(array) and LEAST <= array.nbytes <= room:
                numbers[id(array)] = len(numbers)
                fresh.append(array)
                sent.append(array)
                room -= array.nbytes
            elif id(array) not in numbers:
                sent.append(array)
            places.append(numbers.get(id(array), -1))
        return places, sent, fresh


class Held:
    """The worker's side of `Sent`."""

    def __init__(self) -> None:
        self.kept: list[np.ndarray] = []

    def full(self, places: Sequence[int], sent: Arrays) -> list[np.ndarray]:
        """All arrays of a question, of which those that were not kept before were `sent`."""
        arrays, coming = [], iter(sent)
        for place in places:
            if place == len(self.kept):
                self.kept.append(next(coming))
            arrays.append(next(coming) if place < 0 else self.kept[place])
        return arrays


def _is_constant(array: np.ndarray) -> bool:
    return array.base is None and not array.flags.writeable
