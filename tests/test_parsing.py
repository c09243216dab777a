"""Syntax trees in a grader that reads several submissions at once."""

import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import parsing

ROOT = Path(__file__).parent.parent
LONG, DEEP = (
    (ROOT / "autograder" / "verdicts" / "reach.py").read_bytes(),
    f"x = {'(' * 30}1{' + 1)' * 30}",
)


class Garbage:
    """What waits for Python's collector, which lets another thread go on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(500))


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that change places all the time."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(10)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("hurried")
def test_threads_that_read_programs_at_once_do_not_disturb_each_other():
    went_wrong: list[BaseException] = []

    def read() -> None:
        for source in [LONG, DEEP] * 20:
            Garbage()
            try:
                parsing.tree(source)
            except SystemError as e:
                went_wrong.append(e)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not went_wrong


def test_what_is_no_python_is_refused_as_python_does():
    with pytest.raises(SyntaxError):
        parsing.tree("def")
