"""What Brightspace and Blackboard give to download: names carry the dates of submissions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from autograder.intake.model import Identity
from autograder.intake.platforms import Layout, Signs, Student, folders, visible
from autograder.intake.tree import Kind, Node, bytes_of, folder
from autograder.text import clean
from nndl2.checks.model import Unusable

BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<name>.+?) ?- (?P<month>[A-Z][a-z]{2})[a-z]* (?P<day>\d{1,2}),"
    r" (?P<year>\d{4}) (?P<hour>\d{1,2}):?(?P<minute>\d\d)(?: (?P<half>[AP])M)?"
    r"(?: - (?P<file>.+))?",
    re.DOTALL,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BLACKBOARD = re.compile(
    r"(?P<whose>.+?)_attempt_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL
)
BLACKBOARD_NAME = re.compile(r"\ufeff?Name: (?P<name>.+) \((?P<login>.+)\)[ \r]*(?:\n|$)")


def brightspace(level: Node, signs: Signs) -> Layout | None:
    """A folder a submission, `<user>-<number> - Full Name - Nov 3, 2025 1042 AM`, or files whose
    names begin so."""
    of = defaultdict[tuple[str, str], list[Node]](list)
    others = []
    for node in visible(level):
        found = BRIGHTSPACE.fullmatch(node.name)
        if found and found["month"] in MONTHS:
            of[found["name"], found["id"]] += _brightspace_nodes(found, node)
        else:
            others.append(node)
    if len(of) <= len(folders(others)):
        return None
    students = [
        Student(
            f"{name}_{id_}",
            folder(name, nodes),
            Identity(name, id_, attempt=_last_of({n.age for n in nodes}), platform="brightspace"),
        )
        for (name, id_), nodes in of.items()
    ]
    return Layout("Brightspace's download of submissions", students, [n.name for n in others])


def _brightspace_nodes(found: re.Match[str], node: Node) -> list[Node]:
    """What was handed in at once, as old as its name says."""
    hour, late = int(found["hour"]), 12 * (found["half"] == "P")
    day = (int(found["year"]), MONTHS.index(found["month"]), int(found["day"]))
    age = (*day, hour % 12 + late if found["half"] else hour, int(found["minute"]))
    if node.kind is not Kind.FOLDER:
        return [replace(node, name=found["file"] or node.name, shown=node.name, age=age)]
    try:
        there = node.list()
    except OSError:
        return [node]
    return [replace(child, shown=f"{node.name}/{child.title}", age=age) for child in there]


def _last_of(attempts: Collection[object]) -> str:
    """The number of the last of several attempts."""
    return str(len(attempts)) if len(attempts) > 1 else ""


def blackboard(level: Node, signs: Signs) -> Layout | None:
    """Loose files `<assignment>_<login>_attempt_<date>_<file>`, and beside those of each submission
    a text of Blackboard's own, `<assignment>_<login>_attempt_<date>.txt`."""
    of = defaultdict[str, list[tuple[re.Match[str], Node]]](list)
    others = []
    for node in visible(level):
        if node.kind is Kind.FILE and (found := BLACKBOARD.fullmatch(node.name)):
            of[found["whose"]].append((found, node))
        else:
            others.append(node)
    if len(of) <= len(folders(others)):
        return None
    students = [_blackboard_student(whose, files) for whose, files in of.items()]
    return Layout("Blackboard's download of submissions", students, [n.name for n in others])


def _blackboard_student(whose: str, files: Sequence[tuple[re.Match[str], Node]]) -> Student:
    """Who is called as the text of Blackboard's own says, as far as it fits the files' names."""
    nodes = [
        replace(node, name=found["file"], shown=node.name, age=_date(found["date"]))
        for found, node in files
        if found["file"]
    ]
    texts = (_text(node) for found, node in files if not found["file"])
    told = next((m for m in map(BLACKBOARD_NAME.match, texts) if m), None)
    name, login = "", whose.rpartition("_")[2]
    if told and whose.endswith(f"_{told['login']}"):
        name, login = clean(told["name"].strip()), told["login"]
    attempt = _last_of({found["date"] for found, _ in files})
    who = Identity(name, login, attempt=attempt, platform="blackboard")
    return Student(login, folder(name or login, nodes), who)


def _date(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("-"))


def _text(node: Node) -> str:
    """What a small file says; nothing where it cannot be read."""
    try:
        return bytes_of(node).decode("utf-8", "replace")
    except Unusable:
        return ""
