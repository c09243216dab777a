"""The pages of a class in one zip, each under the name by which a platform knows its student."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autograder.intake import BadInput, Handed

PAGE = "feedback.html"
FOLDERS, CANVAS, MOODLE = "folders", "canvas", "moodle"
PLATFORMS = (FOLDERS, CANVAS, MOODLE)
OF_CANVAS = re.compile(r"(.+?_(?:LATE_)?\d+_\d+_).+", re.DOTALL)
OF_MOODLE = re.compile(r"(.+_\d+_assignsubmission_[a-z0-9]+)(?:_.*)?", re.DOTALL)
STAMP = (1980, 1, 1, 0, 0, 0)  # of every member: the same pages make the same file


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
        if platform == CANVAS and (found := OF_CANVAS.fullmatch(step)):
            return f"{found[1]}{PAGE}"
        if platform == MOODLE and (found := OF_MOODLE.fullmatch(step)):
            return f"{found[1]}_/{PAGE}"
    return ""


def write(path: Path, pages: Sequence[tuple[str, str]]) -> None:
    """Write the pages, each with its name in it, into the zip `path`, whole or not at all."""
    count = Counter(name.casefold() for name, _ in pages)
    if twice := [name for name, _ in pages if count[name.casefold()] > 1]:
        raise BadInput(f"{path.name} would hold {twice[0]} twice; give back by --for folders")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as made:
            for name, text in sorted(pages):
                member = zipfile.ZipInfo(name, STAMP)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                made.writestr(member, text)
        unfinished.replace(path)
    except OSError as e:
        unfinished.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written ({e.strerror})") from None
