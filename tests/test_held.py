"""Arrays that are sent to a worker once."""

from __future__ import annotations

import numpy as np

from autograder.isolation import held
from autograder.isolation.held import Held, Sent


def constant(value: float, n: int = held.LEAST) -> np.ndarray:
    array = np.full(n, value, np.float32)
    array.flags.writeable = False
    return array


def asked(sent: Sent, far: Held, *arrays: np.ndarray) -> int:
    """Ask with `arrays`, which have to arrive as they are; how many of them were sent."""
    places, going, fresh = sent.laid(arrays)
    sent.kept.extend(fresh)
    arrived = far.full(places, [array.copy() for array in going])
    assert len(arrived) == len(arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrived, arrays))
    return len(going)


def test_what_cannot_change_is_sent_once_and_arrives_each_time() -> None:
    sent, far, one, two = Sent(), Held(), constant(1), constant(2)
    assert asked(sent, far, one, two, one) == 2
    assert asked(sent, far, two, constant(3), one) == 1
    assert asked(sent, far) == 0


def test_what_may_change_or_is_small_is_sent_each_time() -> None:
    sent, far, small, open_to_all = Sent(), Held(), constant(1, 4), constant(2).copy()
    view = open_to_all[:]
    view.flags.writeable = False  # it shows what becomes of another
    for value in (2, 5):
        open_to_all[:] = value
        assert asked(sent, far, small, open_to_all, view) == 3


def test_no_more_is_kept_than_fits() -> None:
    sent, far = Sent(), Held()
    large = [constant(value, held.MOST // 8) for value in range(4)]
    assert asked(sent, far, *large) == 4
    assert asked(sent, far, *large) == 2
    assert sum(array.nbytes for array in far.kept) <= held.MOST


def test_what_was_not_answered_counts_as_not_sent() -> None:
    sent, one = Sent(), constant(1)
    assert sent.laid([one])[1] == [one]
    assert sent.laid([one])[1] == [one]
