"""Where tracebacks of our own go while a command runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG = "grader.log"


def log_to(file: Path | None, debug: bool) -> None:
    """Where our own tracebacks go: the terminal with --debug, else `file`, else nowhere."""
    handler: logging.Handler = logging.NullHandler()
    if debug:
        handler = logging.StreamHandler()
    elif file:
        handler = _LogFile(file, delay=True)
    logging.raiseExceptions = False  # a full disk is told once, by what writes results
    logging.root.handlers = [handler]


class _LogFile(logging.FileHandler):
    """A file that stops no grading when it cannot be made."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # its folder is gone, or the disk is full
            self.handleError(record)


@contextmanager
def own_log() -> Iterator[None]:
    """What a command logs goes where it says; afterwards all is as before."""
    before, raising = logging.root.handlers, logging.raiseExceptions
    try:
        yield
    finally:
        for handler in logging.root.handlers:
            if handler not in before:
                handler.close()
        logging.root.handlers, logging.raiseExceptions = before, raising
