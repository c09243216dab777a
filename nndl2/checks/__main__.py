"""`python -m nndl2.checks vae.py`: the notebook's checks in a terminal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nndl2.checks import words
from nndl2.checks.names import assignments, checks_of
from nndl2.checks.show import public_report, unmet
from nndl2.checks.terminal import print_anywhere


def main() -> int:
    """Exit 0 when every check passed (or could not be run here), 1 when not, 2 on bad input."""
    print_anywhere()
    known = assignments()
    parser = argparse.ArgumentParser(prog="python -m nndl2.checks", description=__doc__)
    parser.add_argument("file", type=Path, help="the module you work on, such as vae.py")
    parser.add_argument("--assignment", choices=sorted(known), help="when the name leaves a doubt")
    args = parser.parse_args()
    fits = [a for a in known.values() if a.module == args.file.name] or list(known.values())
    subject = known[args.assignment] if args.assignment else fits[0]
    if not args.file.is_file():
        parser.error(f"there is no file {args.file}; name the one you work on, {subject.module}")
    report = public_report(subject, checks_of(subject.name), args.file)
    print(words.text(report, color=sys.stdout.isatty()), words.also(report), sep="\n")
    return 1 if unmet(report) else 0


if __name__ == "__main__":
    sys.exit(main())
