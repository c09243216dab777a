"""Hand-ins by pairs or groups: one program, which is everybody's who is in the group.

Who is in which is told by a platform's download, or by a CSV file. Nobody gets what a mate handed
in who handed in something else: each is graded by their own, and is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake.cells import Cell, Sheet
from autograder.intake.model import BadInput, Handed, Identity, malformed
from autograder.intake.people import EMAILS, IDS, NAMES, Person, Register, folder_names, spellings
from autograder.text import clean

GROUPS = ("group", "group name", "group_name", "team", "team name", "team_name")
OWN, LOGIN = "canvas_user_id", "login_id"  # as Canvas writes them in the file of a group set
UNNAMED = "submission_"  # what Gradescope calls a hand-in, which is no group's name
MOST_NAMED = 6
Content = tuple[bytes, ...] | None


@dataclass(frozen=True)
class Member:
    """A row of a file of groups."""

    person: Person
    group: str


@dataclass(frozen=True)
class Joined:
    """Everybody with what their group handed in, and the groups that handed in nothing."""

    handed: Sequence[Handed]
    absent: Sequence[str] = ()


def members(path: Path) -> list[Member]:
    """Who is in which group, by a CSV file with columns student and group, or as Canvas exports a
    group set; BadInput names the first row that cannot be."""
    sheet = Sheet.of(path, "save it as CSV again, in UTF-8")
    group, who = sheet.column(*GROUPS), sheet.column(*NAMES, *IDS, *EMAILS)
    for column, name in ((who, "student"), (group, "group")):
        if column is None:
            raise BadInput(
                f"{path} names no column {name} in its first line, which says:"
                f" {clean(', '.join(sheet.header), 200)}"
            )
    found: dict[tuple[object, ...], Member] = {}
    for n, row in enumerate(sheet.rows[1:], 1):
        person, name = _person(sheet, row, n), clean(sheet.text(row, group), 60)
        if name and not person.title:
            raise BadInput(f"line {sheet.line(n)} of {path} names the group {name} and no student")
        one = replace(person, row=0)
        before = found.get((one,))
        if before and name and before.group != name:
            raise BadInput(
                f"line {sheet.line(n)} of {path} puts {person.title} into {name}, who is in"
                f" {before.group} already; leave one of the two rows"
            )
        if name and not before:
            found[one,] = Member(person, name)
    if not found:
        raise BadInput(f"{path} puts nobody into a group; give each student's in a row of its own")
    return [*found.values()]


def _person(sheet: Sheet, row: Sequence[Cell], number: int) -> Person:
    """Whom a row is about; a single word in the place of a name may be a login."""
    named = sheet.text(row, sheet.column(*NAMES))
    ids = [sheet.text(row, i) for i, t in enumerate(sheet.header) if t.casefold() in (*IDS, LOGIN)]
    email, own = sheet.text(row, sheet.column(*EMAILS)), sheet.text(row, sheet.column(OWN))
    words = len(named.replace(",", " ").split())
    logins = tuple(dict.fromkeys(i for i in (*ids, named) if i))
    email = email or (named if "@" in named else "")
    platform = "canvas" if own else ""
    return Person(own, logins, email, named if words > 1 else "", platform, number)


def joined(
    handed: Sequence[Handed],
    listed: Sequence[Member],
    stub: bytes = b"",
    kept: Collection[str] = (),
    known: Sequence[Person] = (),
) -> Joined:
    """`handed` with one entry for each member of each group in `listed`.

    A file counts for a whole group that a member handed in, or that lies in a folder called as the
    group is, unless it is that of a `known` student. `stub` is what was given out: it gives way to
    what a mate wrote.
    """
    matched = Register([m.person for m in listed]).matched({h.student: h.who for h in handed})
    own = {person.row: h for h in handed if (person := matched.get(h.student))}
    in_class = Register(known)
    may_be = [h for h in handed if in_class.find(h.who) is None]
    whole = {m.group: [h for h in may_be if _is_called(h, m.group)] for m in listed}
    used = {h.student for hands in whole.values() for h in hands} | {*matched}
    names = _names(handed, listed, own, matched, kept)
    made, absent = [h for h in handed if h.student not in used], []
    for group, hands in whole.items():
        rows = [m.person for m in listed if m.group == group]
        mine = {names[p.row]: own[p.row] for p in rows if p.row in own}
        shared = [h for h in hands if h.student not in matched]
        people = {names[p.row]: p for p in rows}
        if mine or shared:
            made += _completed(group, people, mine, shared, stub)
        else:
            absent.append(group)
    return Joined(told_together(sorted(made, key=lambda one: one.student)), absent)


def _is_called(one: Handed, group: str) -> bool:
    called = (one.student, one.who.name, one.who.id * (not one.who.platform))
    return any(spellings(name) & spellings(group) for name in called if name)


def _names(
    handed: Sequence[Handed],
    listed: Sequence[Member],
    own: Mapping[int, Handed],
    used: Collection[str],
    kept: Collection[str],
) -> dict[int, str]:
    """The folder of each member, by the row: that of their hand-in, unless it has the group's name,
    else one of their own."""
    named = {
        m.person.row: own[m.person.row].student
        for m in listed
        if m.person.row in own and not _is_called(own[m.person.row], m.group)
    }
    rest = [m.person for m in listed if m.person.row not in named]
    there = [h.student for h in handed if h.student not in used] + [*named.values()]
    made = folder_names([*there, *(p.title for p in rest)], kept)[len(there) :]
    return {**named, **{p.row: name for p, name in zip(rest, made)}}


def _completed(
    group: str,
    people: Mapping[str, Person],
    mine: Mapping[str, Handed],
    shared: Sequence[Handed],
    stub: bytes,
) -> Iterator[Handed]:
    """The entries of all who are in a group, by the names of their folders; and the `shared` files
    that are none of theirs, which may be those of students called as the group is."""
    hands = [*mine.values(), *shared]
    worked_on = [h for h in hands if not h.wrong and h.source.strip() not in (b"", stub.strip())]
    programs = {_content(h): h for h in reversed(worked_on or [h for h in hands if not h.wrong])}
    made = []
    for name, person in people.items():
        one = replace(mine[name], student=name) if name in mine else None
        if one is None or _content(one) not in programs:
            one = _given(name, person, one, [*programs.values()] or hands[:1])
        made.append(replace(one, group=group))
    counted = {_content(one) for one in made}
    left = [h for h in shared if h in programs.values() and _content(h) not in counted]
    told = f"{_listed([h.student for h in left])} handed in another file" if left else ""
    yield from (replace(one, note=_and(one.note, told)) for one in made)
    alone = f"called as the group {group} is, and counts for nobody in it"
    yield from (replace(h, note=_and(alone, h.note)) for h in left)


def _given(name: str, person: Person, one: Handed | None, programs: Sequence[Handed]) -> Handed:
    """What a member is graded by who handed in nothing that could be."""
    who, path = (one.who, one.path) if one else (_identity(person), "")
    if len(programs) > 1:
        known = one or replace(programs[0], who=who, path="")
        told = "the members of the group handed in different files; hand in one for all"
        return replace(_empty(known, name), wrong=malformed(told))
    (given,) = programs
    note = f"handed in by {given.student}" if given.student != name else ""
    return replace(given, student=name, who=who, path=path, note=_and(note, given.note))


def _empty(one: Handed, name: str) -> Handed:
    return Handed(name, one.file, who=one.who, path=one.path, answers=one.answers)


def _identity(person: Person) -> Identity:
    id_ = person.id or (person.logins or ("",))[0]
    return Identity(person.name, id_, person.email, platform=person.platform)


def told_together(handed: Sequence[Handed]) -> list[Handed]:
    """`handed` where each member of a group knows with whom they share a program, and who of the
    group handed in another."""
    of = defaultdict[str, defaultdict[Content, list[str]]](lambda: defaultdict(list))
    for one in handed:
        of[one.group][_content(one)].append(one.student)
    return [_told(one, of[one.group]) if one.group else one for one in handed]


def _told(one: Handed, group: Mapping[Content, Sequence[str]]) -> Handed:
    same = [name for name in group[_content(one)] if name != one.student and not one.wrong]
    programs = [names for content, names in group.items() if content not in (None, _content(one))]
    other = [name for names in programs for name in names if not one.wrong]
    name = "" if one.group.startswith(UNNAMED) else one.group
    with_ = f"handed in with {_listed(same)}" if same else ""
    told = " ".join(filter(None, [with_, f"in the group {name}" if name else ""]))
    differs = f"{_listed(other)} of the same group handed in another file" if other else ""
    said = told if same or name else ""
    note = _and(_and(said, differs), one.note)
    return replace(one, group=name, together=tuple(same), note=note)


def _content(one: Handed) -> Content:
    """What is graded of a hand-in; None where that is nothing."""
    return None if one.wrong else (one.source, *(each.source for each in one.attempts))


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - MOST_NAMED} more"] if names[MOST_NAMED:] else []
    *first, last = [*(clean(name, 40) for name in names[:MOST_NAMED]), *more]
    return f"{', '.join(first)} and {last}" if first else last


def _and(*notes: str) -> str:
    return "; ".join(filter(None, notes))
