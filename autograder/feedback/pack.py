"""The pages of a class in one zip, each under the name by which a platform knows its student."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autograder.disk import replace_file
from autograder.intake import BadInput, Handed, writing
from autograder.intake.platforms import CANVAS as OF_CANVAS
from autograder.intake.platforms import CANVAS_ANONYMOUS
from autograder.intake.platforms import MOODLE as OF_MOODLE
from autograder.zipped import zipped

PAGE = "feedback.html"
FOLDERS, CANVAS, MOODLE = "folders", "canvas", "moodle"
PLATFORMS = (FOLDERS, CANVAS, MOODLE)


def platform_of(handed: Sequence[Handed | None]) -> str:
    """Whose download the hand-ins came from, as far as all did; else folders, one a student."""
    known = {one.who.platform if one else "" for one in handed}
    return known.pop() if known <= {CANVAS, MOODLE} and len(known) == 1 else FOLDERS


def name_for(platform: str, student: str, one: Handed | None) -> str:
    """Where the page of a student goes in the zip; nothing where the platform would not know whose
    it is.

    Canvas takes back files that begin as those which it gave did, by the student's number and the
    upload's; Moodle folders that are called as its own were.
    """
    if platform == FOLDERS:
        return f"{student}/{PAGE}"
    steps = PurePosixPath(one.path.replace("\\", "/")).parts if one else ()
    for step in steps:
        anonymous, named = CANVAS_ANONYMOUS.fullmatch(step), OF_CANVAS.fullmatch(step)
        if platform == CANVAS and (found := anonymous or named):
            return f"{step[: found.start('file')]}{PAGE}"
        if platform == MOODLE and (found := OF_MOODLE.fullmatch(step)):
            whole = step if found["file"] is None else step[: found.start("file")]
            return f"{whole.rstrip('_')}_/{PAGE}"
    return ""


def expect_place(path: Path, folder: Path, students: Sequence[str]) -> None:
    """BadInput where a zip at `path` would take the place of another file, or lie among the files
    of one of the `students` in `folder`."""
    if path.exists() and not zipfile.is_zipfile(path):
        raise BadInput(f"{path} is there and is no zip; choose another name for the zip")
    if any(path.resolve().is_relative_to((folder / name).resolve()) for name in students):
        raise BadInput(f"{path} lies in a student's folder; choose a place outside for the zip")


def write(path: Path, pages: Sequence[tuple[str, str]]) -> None:
    """Write the pages, each with its name in it, into the zip `path`, whole or not at all."""
    count = Counter(name.casefold() for name, _ in pages)
    if twice := [name for name, _ in pages if count[name.casefold()] > 1]:
        raise BadInput(f"{path.name} would hold {twice[0]} twice; give back by --for folders")
    with writing(path):
        replace_file(path, zipped({name: text.encode() for name, text in pages}))
