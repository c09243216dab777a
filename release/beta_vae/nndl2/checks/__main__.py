"""`python -m nndl2.checks vae.py`: the notebook's checks in a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from nndl2.checks import words
from nndl2.checks.model import Assignment
from nndl2.checks.names import assignments, checks_of
from nndl2.checks.show import public_report, unmet
from nndl2.checks.terminal import print_anywhere


def main() -> int:
    """Exit 0 when every check passed (or could not be run here), 1 when not, 2 on bad input."""
    print_anywhere()
    known = assignments()
    parser = argparse.ArgumentParser(prog="python -m nndl2.checks", description=__doc__)
    parser.add_argument(
        "file", type=Path, nargs="?", help="the module you work on; default: the one in this folder"
    )
    parser.add_argument("--assignment", choices=sorted(known), help="when the name leaves a doubt")
    args = parser.parse_args()
    fits = [known[args.assignment]] if args.assignment else fitting(args.file, known)
    modules = " or ".join(a.module for a in fits)
    file = args.file or Path(fits[0].module)
    if not file.is_file():
        parser.error(
            f"there is no file {args.file or modules}; name the one you work on, {modules}"
        )
    if len(fits) > 1 and args.file:
        names = ", ".join(a.name for a in fits)
        parser.error(f"say with --assignment what {file} is for: {names}")
    if len(fits) > 1:
        parser.error(f"there are several modules here; name the one you work on, {modules}")
    report = public_report(fits[0], checks_of(fits[0].name), file)
    print(words.text(report, color=sys.stdout.isatty()), words.also(report), sep="\n")
    return 1 if unmet(report) else 0


def fitting(file: Path | None, known: Mapping[str, Assignment]) -> list[Assignment]:
    """The assignments whose module `file` is called after, without one those whose module lies in
    this folder; all where that tells nothing."""
    if file:
        fits = [a for a in known.values() if a.module == file.name]
    else:
        fits = [a for a in known.values() if Path(a.module).is_file()]
    return fits or list(known.values())


if __name__ == "__main__":
    sys.exit(main())
