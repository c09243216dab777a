"""Why a part has its points: what the checks said, what staff decided, and a reply to send."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from autograder import intake
from autograder.assignments import Private, borderline
from autograder.intake import BadInput, Handed
from autograder.isolation import Remote
from autograder.kept import submitted
from autograder.kept.rows import Row, find, graded
from autograder.results import Json
from autograder.results.adjustments import of_overall, of_part
from autograder.text import clean
from nndl2.checks.model import Outcome, Status, Unusable, Verdict
from nndl2.checks.names import no_such
from nndl2.checks.run import run
from nndl2.checks.submission import Handle
from nndl2.checks.words import number

Start = Callable[[bytes, str], AbstractContextManager[Remote]]
FIRST = 4  # numbers of an array
RIGHT = "passes all its checks"


def why(folder: Path, student: str, part: str) -> str:
    """What a teaching assistant needs to answer a question about one part."""
    row = find(graded(folder), student, folder)
    private, part = intake.chosen(row.result["extra_data"]["assignment"]), row.part(part)
    entry = _part(row, part)
    checks = [c for c in row.entries("check") if c["extra_data"]["check"].startswith(f"{part}.")]
    lost = [c for c in checks if c["extra_data"]["outcome"] != Outcome.PASS.value]
    points = f"{number(entry['score'])} of {number(entry['max_score'])}"
    lines = [f"{row.student}, {entry['name']}: {points}", *_about(folder, row, entry), ""]
    whole = row.status != Status.MALFORMED.value  # else nothing was asked, which is told above
    for sentence, about, said in _told(lost if whole else ()):
        lines += [f"{sentence}  [{about}]", *(f"    {line}" for line in said)]
    lines += [] if lost else [f"{entry['name']} {RIGHT}."]
    lines += _ruled(private, part, {c["extra_data"]["diagnosis"] for c in lost} - {""})
    return "\n".join([*lines, "", "a reply to send:", "", *_reply(row, entry, points, lost)])


def _part(row: Row, part: str) -> Json:
    parts = {entry["extra_data"]["part"]: entry for entry in row.entries("part")}
    if part in {state.question.name for state in row.by_hand}:
        raise BadInput(f"{part} is graded by hand: `autograder questions` shows answer and rubric")
    if part not in parts:
        raise BadInput(no_such("part", clean(part, 60), parts))
    return parts[part]


def _about(folder: Path, row: Row, entry: Json) -> Iterator[str]:
    """Which file it is about, what became of it as a whole, and what a person decided."""
    one = submitted.kept(folder / row.folder)
    if one is None:
        yield f"the file is not kept in {folder / row.folder} as it was handed in"
    else:
        yield f"the file: {folder / row.folder / one.file}" if one.source else "no file was graded"
    if row.status != Status.GRADED.value:
        yield f"{row.status}: {row.result['extra_data']['sentence']}"
    for told in (of_part(entry), of_overall(row.result)):
        if told:
            yield f"a person decided: {told}"


def _told(lost: Sequence[Json]) -> Iterator[tuple[str, str, list[str]]]:
    """Each check that did not pass: its sentence, its id and outcome, and what was expected and
    came, with the cause; a cause that several share is said at the first of them."""
    before: set[str] = set()
    for check in lost:
        about = check["extra_data"]
        sentence = check["name"].partition(": ")[2] or check["name"]
        lines = [line.strip() for line in check["output"].splitlines() if sentence not in line]
        yield (
            sentence,
            f"{about['check']}: {about['outcome']}",
            [x for x in lines if x not in before],
        )
        before.update(lines)


def _ruled(private: Private, part: str, causes: set[str]) -> Iterator[str]:
    """What the table of borderline cases says of these causes, else of the part."""
    rules = _rules(private)
    specimens = {s.name: s for s in private.specimens()} if rules else {}
    own = [r for r in rules if (s := specimens.get(r.specimen)) and s.misconception in causes]
    near = [r for r in rules if (s := specimens.get(r.specimen)) and part in s.lost]
    if own or near:
        yield f"\nborderline cases that were decided before{'' if own else ', of this part'}:"
    for rule in own or near:
        yield f"    {rule.case}: {'accepted' if rule.accepted else 'not accepted'}; {rule.reason}"


def _rules(private: Private) -> Sequence[borderline.Borderline]:
    try:
        home = importlib.import_module(f"{borderline.__package__}.{private.public.name}.borderline")
    except ModuleNotFoundError:
        return ()
    return home.TABLE


def _reply(row: Row, entry: Json, points: str, lost: Sequence[Json]) -> Iterator[str]:
    """A letter to start from, in words that the student can use."""
    yield "Hello,"
    yield ""
    told = of_part(entry)
    if row.status == Status.MALFORMED.value:
        yield f"your file could not be graded: {row.result['extra_data']['sentence']}."
        if told:
            yield f'For "{entry["name"]}" you have {points} all the same, which we gave: {told}.'
        return
    if told:
        yield f'"{entry["name"]}" has {points}, which we gave: {told}.'
        return
    if not lost:
        yield f'"{entry["name"]}" has {points}: it {RIGHT}.'
        return
    first = [check for check in lost if check["extra_data"]["outcome"] != Outcome.NOT_RUN.value]
    if not first:
        yield f'"{entry["name"]}" has {points}, and nothing in it was found wrong: it was not run.'
        yield from (
            f"- {line}" for line in dict.fromkeys(x for *_, said in _told(lost) for x in said)
        )
        return
    yield f'"{entry["name"]}" has {points}. This is what did not hold:'
    for sentence, _, said in _told(first):
        yield f"- {sentence}"
        yield from (f"  {line}" for line in said)
    yield (
        "The check cell of that section in the notebook asks the same of your file, with other"
        " numbers. Write back if you see it otherwise: we can look at your code together."
    )


def inputs(private: Private, part: str, one: Handed, key: bytes, start: Start) -> str:
    """What the failing checks of a part asked last, with the secret numbers: for staff alone."""
    checks = [check for check in private.checks if check.part == part]
    found: list[str] = []
    try:
        with start(one.source, one.file) as student:
            student.load()
            asked = Asked(student)

            def done(verdict: Verdict) -> None:
                if not verdict.passed and asked.last:
                    found.append(f"{verdict.check.id} asked last: {asked.last}")
                asked.last = ""  # a check that comes after it may ask nothing

            kept = [check for check in private.checks if check in checks or _before(check, checks)]
            run(private.public, kept, asked, key, done, oracle=private.oracle, secret=True)
    except Unusable as e:
        return e.sentence
    return "\n".join(line for line in found if line.startswith(f"{part}."))


def _before(check: Any, checks: Sequence[Any]) -> bool:
    return any(check in each.after for each in checks)


class Asked:
    """A submission that remembers the last question."""

    def __init__(self, student: Remote) -> None:
        self.student, self.last = student, ""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.student, name)
        if not callable(found) or name.startswith("_"):
            return found

        def asked(target: Any, *args: Any, **how: Any) -> Any:
            told = [_shown(a) for a in args]
            told += [f"{k}={_shown(v)}" for k, v in how.items() if v is not None]
            whose = target.name if isinstance(target, Handle) else target
            self.last = f"{name} {whose}({', '.join(told)})"
            return found(target, *args, **how)

        return asked


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flat = value.ravel()
        some = ", ".join(f"{x:.4g}" for x in flat[:FIRST])
        return f"{value.dtype} {value.shape} [{some}{', ...' if flat.size > FIRST else ''}]"
    if isinstance(value, Handle):
        return value.name
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return repr(value)
