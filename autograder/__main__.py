"""What the shell calls: Ctrl-C ends it in good order, while it imports the rest, too."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from autograder.commands import INTERRUPTED


def command() -> NoReturn:
    """What the shell calls."""
    try:
        from autograder.isolation import interruptible
        from nndl2.checks.terminal import print_anywhere

        print_anywhere()
        status = interruptible(main, INTERRUPTED)
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did its work, whatever the scores."""
    from autograder.commands.run import run

    return run(argv)


if __name__ == "__main__":
    command()
