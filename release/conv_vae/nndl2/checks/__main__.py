"""`python -m nndl2.checks [vae.py] [TASK ...]`: the notebook's checks in a terminal."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nndl2.checks import words
from nndl2.checks.model import Assignment, Check
from nndl2.checks.names import assignments, checks_of, no_such
from nndl2.checks.patience import loading
from nndl2.checks.show import public_report, unmet
from nndl2.checks.terminal import print_anywhere

NO_TORCH = "Python lacks torch, which the checks need: python -m pip install torch torchvision"


def main() -> int:
    """Exit 0 when every check passed (or could not be run here), 1 when not, 2 on bad input."""
    print_anywhere()
    known = assignments()
    parser = argparse.ArgumentParser(prog="python -m nndl2.checks", description=__doc__)
    parser.add_argument(
        "asked",
        nargs="*",
        metavar="FILE or TASK",
        help="the module you work on, default: the one in this folder; and tasks, default: all",
    )
    parser.add_argument("--assignment", choices=sorted(known), help="when the name leaves a doubt")
    args = parser.parse_args()
    given, tasks = _sorted(args.asked, known)
    fits = [known[args.assignment]] if args.assignment else fitting(given, known)
    modules = " or ".join(a.module for a in fits)
    file = given or Path(fits[0].module)
    if wrong := _no_module(file, given, modules):
        parser.error(wrong)
    if len(fits) > 1 and given:
        names = ", ".join(a.name for a in fits)
        parser.error(f"say with --assignment what {file} is for: {names}")
    if len(fits) > 1:
        parser.error(f"there are several modules here; name the one you work on, {modules}")
    checks = _of_tasks(fits[0], tasks)
    if isinstance(checks, str):
        parser.error(checks)
    if importlib.util.find_spec("torch") is None:
        parser.error(NO_TORCH)
    importlib.import_module("nndl2.checks.local")  # torch comes with it, in its own time
    with loading(file.name) as loaded:
        report = public_report(fits[0], checks, file, loaded)
    print(words.text(report, color=sys.stdout.isatty()), words.also(report), sep="\n")
    return 1 if unmet(report) else 0


def _sorted(asked: Sequence[str], known: Mapping[str, Assignment]) -> tuple[Path | None, list[str]]:
    """The file that is named first, if any, and the names of tasks."""
    tasks = {task.name for a in known.values() for task in a.tasks}
    first = asked[0] if asked else ""
    named = bool(first) and (first not in tasks or Path(first).is_file())
    return (Path(first), [*asked[1:]]) if named else (None, [*asked])


def _no_module(file: Path, given: Path | None, modules: str) -> str:
    """Why a file cannot be checked, as a sentence; empty where it can be tried."""
    if file.is_dir():
        return f"{file} is a folder; name the file in it that you work on, {modules}"
    if not file.is_file():
        return f"there is no file {given or modules}; name the one you work on, {modules}"
    if file.suffix == ".ipynb":
        return f"{file} is a notebook; name the module that it imports, {modules}"
    return ""


def _of_tasks(subject: Assignment, tasks: Sequence[str]) -> Sequence[Check] | str:
    """The checks of some tasks, of all where none is named; or what is wrong with the names."""
    there = [task.name for task in subject.tasks]
    if unknown := [name for name in tasks if name not in there]:
        return no_such("task", repr(unknown[0]), there)
    checks = checks_of(subject.name)
    return [c for c in checks if not tasks or subject.task_of(c.part).name in tasks]


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
