"""What platforms give to download: whose is what in a folder that one of them made.

Each platform is a function from a folder to its students, or None where it did not make it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.intake import archives, metadata
from autograder.intake.model import Identity
from autograder.intake.search import Wanted, skipped
from autograder.intake.tree import Kind, Node, folder

CANVAS = re.compile(
    r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL
)
CANVAS_ANONYMOUS = re.compile(
    r"(?P<name>anon_(?P<id>\w{5}))(?P<late>_LATE)?(?:_\d+)?_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL
)
CANVAS_TEXT = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<file>(?:text|link)\.html)")
CANVAS_QUIZ = re.compile(  # the number behind "question" is no student's; that stands at the name
    r"(?:(?=(?:anon_)?[^_]+(?:_\d+)?(?P<late>_LATE)_))?(?P<name>anon_[^_]{5}|[^_]+?)(?:_LATE)?"
    r"_?(?P<id>\d*)(?:_LATE)?_question_\d+_(?P<upload>\d+)_(?P<file>.+)",
    re.DOTALL,
)
MOODLE = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z0-9]+(?:_(?P<file>.*))?", re.DOTALL
)
GRADESCOPE = re.compile(r"submission_(\d+)")
SAKAI = re.compile(r"(?P<last>[^,()]+), ?(?P<first>[^()]*)\((?P<login>[^()]+)\)")
SAKAI_ATTACHED = "Submission attachment(s)"


@dataclass(frozen=True)
class Signs:
    """What students' work is known by: the files that are asked for, and the folders they may lie
    in; and whether every attempt is asked for."""

    modules: frozenset[str]
    folders: frozenset[str]
    every: bool = False

    @classmethod
    def of(cls, *asked: Wanted) -> Signs:
        """Those of some assignments."""
        folders = frozenset(name for wanted in asked for name in wanted.folders)
        modules = frozenset(wanted.module for wanted in asked)
        return cls(modules, folders, any(wanted.every for wanted in asked))


@dataclass(frozen=True)
class Student:
    """One student and the `place` that holds all they handed in; `label` is what to call them.

    Who handed in together have the same `group`, by whatever the platform calls it.
    """

    label: str
    place: Node
    who: Identity
    group: str = ""


@dataclass(frozen=True)
class Layout:
    """Who was found by which platform's rules, and the names that fit none of them.

    `hint` says what the instructor may have meant instead.
    """

    name: str
    students: Sequence[Student]
    passed_over: Sequence[str] = ()
    hint: str = ""


def visible(node: Node) -> list[Node]:
    """What a folder holds, without hidden and cache folders; nothing where it cannot be read."""
    return [child for child in _listed(node) if not skipped(child.name)]


def hidden(node: Node) -> list[Node]:
    """The rest of what a folder holds."""
    return [child for child in _listed(node) if skipped(child.name)]


def _listed(node: Node) -> Sequence[Node]:
    try:
        return node.list()
    except OSError:
        return ()


def folders(nodes: Sequence[Node]) -> list[Node]:
    """Those of `nodes` that hold others: folders and archives."""
    return [n for n in nodes if n.kind is Kind.FOLDER or archives.is_archive(n)]


def canvas(level: Node, signs: Signs) -> Layout | None:
    """Loose files `lastfirst[_LATE]_<user>_<upload>_<file>[-n].ext`, or those of a quiz's question,
    `lastfirst<user>_question_<question>_<upload>_<file>`."""
    of = defaultdict[tuple[str, str], list[tuple[re.Match[str], Node]]](list)
    others = []
    patterns = (CANVAS_QUIZ, CANVAS_ANONYMOUS, CANVAS, CANVAS_TEXT)
    for node in visible(level):
        if node.kind is Kind.FILE and (found := _first(patterns, node.name)):
            of[found["name"], found["id"]].append((found, node))
        else:
            others.append(node)
    if len(of) <= len(folders(others)):
        return None
    shared = _shared(of)
    students = [_canvas_student(id_, files, signs, shared) for (_, id_), files in of.items()]
    return Layout("Canvas's download of submissions", students, [n.name for n in others])


def _shared(of: Collection[tuple[str, str]]) -> set[str]:
    """The ids that stand beside more than one name: nobody knows whose such a number is."""
    return {id_ for id_, n in Counter(id_ for _, id_ in of).items() if n > 1}


def _canvas_student(
    id_: str,
    files: Sequence[tuple[re.Match[str], Node]],
    signs: Signs,
    shared: Collection[str],
) -> Student:
    uploads = _submitted_together([_canvas_file(found, node, signs) for found, node in files])
    newest = uploads[-1].age
    found = next(f for f, node in files if node.name == uploads[-1].shown)
    attempt = str(newest[1] + 1) if newest[1] else ""
    own = "" if id_ in shared else id_
    who = Identity(found["name"], own, "", attempt, bool(found["late"]), "canvas")
    label = "_".join(filter(None, (found["name"], id_)))
    return Student(label, folder(who.name, uploads), who)


def _canvas_file(found: re.Match[str], node: Node, signs: Signs) -> Node:
    """The file under the name it was handed in by; `-n` counts uploads under the same name."""
    name, again = found["file"], 0
    if name not in signs.modules and (n := re.fullmatch(r"(.+)-(\d{1,4})(\.\w+)", name)):
        name, again = n[1] + n[3], int(n[2])
    upload = int(found.groupdict().get("upload") or 0)
    return replace(node, name=name, shown=node.name, age=(upload, again))


def _submitted_together(uploads: Sequence[Node]) -> list[Node]:
    """The files of each submission with one age: Canvas numbers files, one after the other. What
    has the name of another, or a number far from its, was handed in again."""
    made: list[list[Node]] = []
    for node in sorted(uploads, key=lambda n: n.age):
        last = made[-1] if made else []
        near = last and node.age[0] - last[-1].age[0] <= 1
        if near and node.name not in {n.name for n in last}:
            last.append(node)
        else:
            made.append([node])
    ages = [tuple(map(max, zip(*(n.age for n in each)))) for each in made]
    return [replace(node, age=age) for each, age in zip(made, ages) for node in each]


def moodle(level: Node, signs: Signs) -> Layout | None:
    """Folders `Full Name_<participant>_assignsubmission_file_`, or files that start so."""
    of = defaultdict[tuple[str, str], list[Node]](list)
    others = []
    for node in visible(level):
        if found := MOODLE.fullmatch(node.name):
            of[found["name"], found["id"]] += _moodle_nodes(found, node)
        else:
            others.append(node)
    if len(of) <= len(folders(others)):
        return None
    shared = _shared(of)
    groups = _moodle_groups([name for name, _ in of])
    students = []
    for (name, i), nodes in of.items():
        group, own = groups.get(name, ("", name))
        who = _moodle_identity(own, i, shared)
        students.append(Student(f"{own}_{i}", folder(own, nodes), who, group))
    return Layout("Moodle's download of submissions", students, [n.name for n in others])


def _moodle_groups(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The group and the own name in names such as "Team A-Ada Lovelace", which everybody has where
    groups hand in; nothing where somebody has none, or no two are in one group."""
    starts = Counter(name[:i] for name in names for i, c in enumerate(name) if c == "-")
    found = {}
    for name in names:
        mine = [name[:i] for i, c in enumerate(name) if c == "-" and name[i + 1 :].strip()]
        if not mine:
            return {}
        several = [start for start in mine if starts[start] > 1]
        group = several[-1] if several else mine[0]
        found[name] = (group, name[len(group) + 1 :])
    return found if len({group for group, _ in found.values()}) < len(found) else {}


def _moodle_identity(name: str, id_: str, shared: Collection[str]) -> Identity:
    blind = re.fullmatch(r"Participant[ _]\d+", name)
    own = "" if id_ in shared else id_
    return Identity("" if blind else name.replace("_", " "), own, platform="moodle")


def _moodle_nodes(found: re.Match[str], node: Node) -> list[Node]:
    if node.kind is Kind.FOLDER:
        try:
            return [replace(child, shown=f"{node.name}/{child.title}") for child in node.list()]
        except OSError:
            return [node]
    return [replace(node, name=found["file"] or node.name, shown=node.name)]


def sakai(level: Node, signs: Signs) -> Layout | None:
    """Folders `Last, First(login)`, each with a folder of what was attached to the submission."""
    students, others = [], []
    for node in visible(level):
        found = node.kind is Kind.FOLDER and SAKAI.fullmatch(node.name)
        there = {child.name: child for child in visible(node)} if found else {}
        if found and (SAKAI_ATTACHED in there or "timestamp.txt" in there):
            students.append(_sakai_student(found, there))
        else:
            others.append(node)
    if len(students) <= len(folders(others)):
        return None
    return Layout("Sakai's download of submissions", students, [n.name for n in others])


def _sakai_student(found: re.Match[str], there: Mapping[str, Node]) -> Student:
    """What came with the submission or was typed into it; feedback and comments are the staff's."""
    attached = there.get(SAKAI_ATTACHED)
    typed = [n for name, n in there.items() if name.casefold().endswith("submissiontext.html")]
    name = f"{found['first'].strip()} {found['last'].strip()}".strip()
    nodes = [*(visible(attached) if attached else ()), *typed]
    who = Identity(name, found["login"].strip(), platform="sakai")
    return Student(found["login"].strip(), folder(name, nodes), who)


def gradescope(level: Node, signs: Signs) -> Layout | None:
    """`submission_<id>` folders, and submission_metadata.yml that says whose they are."""
    there = {node.name: node for node in visible(level)}
    if metadata.FILE not in there or not any(map(GRADESCOPE.fullmatch, there)):
        return None
    of = defaultdict[tuple[str, str], list[Submission]](list)
    groups: dict[tuple[str, str], tuple[tuple[str, int], str]] = {}
    told = metadata.submissions(there[metadata.FILE])
    for key, submission in told.items():
        place = there.get(key, folder(key, ()))
        number = int(found[1]) if (found := GRADESCOPE.fullmatch(key)) else 0
        age = (str(submission.get(":created_at", "")), number)
        people = metadata.submitters(submission, key)
        for who in people:
            one = ("", who.email.casefold()) if who.email else (who.name, who.id)
            of[one].append((age, place, who))
            if len(people) > 1:
                groups[one] = max(groups.get(one, (age, key)), (age, key))
    attempts = {one: sorted(found, key=lambda each: each[0]) for one, found in of.items()}
    ids = Counter(found[-1][2].id for found in attempts.values())
    students = [
        replace(
            _gradescope_student(found, ids, signs), group=groups[one][1] if one in groups else ""
        )
        for one, found in attempts.items()
    ]
    others = sorted(there.keys() - told.keys() - {metadata.FILE})
    return Layout("Gradescope's export", students, others) if students else None


Submission = tuple[tuple[str, int], Node, Identity]  # when, where and whose


def _gradescope_student(found: Sequence[Submission], ids: Counter[str], signs: Signs) -> Student:
    """Who is called by name and id; by the address where others have the same id, such as n/a."""
    _, place, who = found[-1]
    if signs.every and found[1:]:
        aged = [replace(node, age=(n,)) for n, (_, node, _) in enumerate(found, 1)]
        place = folder(place.name, aged)
    who = replace(who, attempt=str(len(found)) * (len(found) > 1))
    own = who.id if ids[who.id] == 1 else ""
    return Student("_".join(filter(None, (who.name, own or who.email or who.id))), place, who)


def _first(patterns: Sequence[re.Pattern[str]], name: str) -> re.Match[str] | None:
    return next((m for p in patterns if (m := p.fullmatch(name))), None)
