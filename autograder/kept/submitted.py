"""What each student handed in, kept beside the result, to be graded again and read by people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path, PurePath
from typing import Any

from autograder.disk import replace_file
from autograder.intake import Attempt, Handed, Identity
from autograder.kept import answers
from autograder.results import load
from nndl2.checks.model import Reason, Unusable

FILE = "submitted.json"


def keep(folder: Path, one: Handed) -> None:
    """Keep the file of one student in `folder`, and what intake knew of it; of several attempts the
    one that counts by the result there, and all of them beside it. OSError."""
    if one.attempts:
        one = one.counting(_is_graded(folder))
    name, wrong = PurePath(one.file).name, one.wrong
    about = {
        "file": name,
        "note": one.note,
        "path": one.path,
        "who": asdict(one.who),
        "wrong": [wrong.sentence, wrong.reason.value, wrong.line] if wrong else None,
        "group": [one.group, *one.together],
        "attempt": one.attempt,
        "attempts": [[each.number, each.path, each.note] for each in one.attempts],
        "sha256": _sha256(one),
    }
    text = json.dumps(about, indent=1) + "\n"
    if _bytes(folder / FILE) != text.encode():
        replace_file(folder / FILE, text)
    if not wrong and _bytes(folder / name) != one.source:
        replace_file(folder / name, one.source)
    for n, each in enumerate(one.attempts):
        place = _place(folder, len(one.attempts) - n, name)
        place.parent.mkdir(exist_ok=True)
        if _bytes(place) != each.source:
            replace_file(place, each.source)


def _sha256(one: Handed) -> str:
    """What the program and its attempts are known by, to notice when a copy was edited."""
    sources = [one.source, *(each.source for each in one.attempts)]
    whole = "".join(hashlib.sha256(source).hexdigest() for source in sources)
    return hashlib.sha256(whole.encode()).hexdigest()


def _is_graded(folder: Path) -> Callable[[bytes], bool]:
    """Whether a source is the one that the result in `folder` is of."""
    result = load(folder)
    sha256 = result["extra_data"].get("sha256") if result else ""
    return lambda source: hashlib.sha256(source).hexdigest() == sha256


def _place(folder: Path, number: int, name: str) -> Path:
    return folder / f"attempt-{number}" / name


def kept(folder: Path) -> Handed | None:
    """What is kept in `folder`, as it was handed in; None where that cannot be read, or was edited
    since."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        about: dict[str, Any] = json.loads((folder / FILE).read_bytes())
        file, note, path = (str(about[name]) for name in ("file", "note", "path"))
        who = Identity(**about["who"])
        made = Handed(folder.name, PurePath(file).name, note=note, path=path, who=who)
        if (folder / answers.FILE).is_file():
            made = replace(made, answers=answers.kept(folder))
        group, *together = map(str, about.get("group", [""]))
        made = replace(made, group=group, together=tuple(together))
        made = replace(made, attempt=str(about.get("attempt", "")))
        if about["wrong"] is None:
            made = replace(made, source=(folder / made.file).read_bytes())
            made = replace(made, attempts=tuple(_attempts(folder, made.file, about)))
            return made if about.get("sha256", _sha256(made)) == _sha256(made) else None
        sentence, reason, line = about["wrong"]
        return replace(made, wrong=Unusable(str(sentence), Reason(reason), line=int(line)))
    return None


def called(folder: Path) -> set[str]:
    """The name, ID and e-mail address of whoever handed in what is kept in `folder`."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        who = Identity(**json.loads((folder / FILE).read_bytes())["who"])
        return {str(each) for each in (who.name, who.id, who.email) if each}
    return set()


def _attempts(folder: Path, name: str, about: dict[str, Any]) -> Iterator[Attempt]:
    told = about.get("attempts", [])
    for n, (number, path, note) in enumerate(told):
        source = _place(folder, len(told) - n, name).read_bytes()
        yield Attempt(source, str(path), str(note), str(number))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
