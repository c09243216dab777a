"""Who is who: safe names for folders, the people of a roster, and one person found among many."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.intake.cells import Cell, Sheet
from autograder.intake.model import BadInput, Identity
from autograder.results import clean

LONGEST = 80
UNSAFE = re.compile(r'[/\\:*?"<>|]')
NAMES = ("name", "full name", "student", "student name", "display name")
FIRST, LAST = ("first name", "given name"), ("last name", "surname", "family name")
IDS = (
    *("id", "student id", "student_id", "sid", "user id", "user_id", "id number", "identifier"),
    *("sis user id", "sis login id", "login", "login id", "username", "user name", "netid"),
)
EMAILS = ("email", "email address", "e-mail", "e-mail address", "mail")


def folder_names(labels: Sequence[str]) -> list[str]:
    """A folder's name for each label: the label where that is safe and nobody else's."""
    taken = Counter(map(_folded, labels))
    return [_folder_name(label, alone=taken[_folded(label)] == 1) for label in labels]


def _folder_name(label: str, alone: bool) -> str:
    safe = UNSAFE.sub("_", clean(label)).strip(" .")
    if safe == label and alone and len(safe.encode()) <= LONGEST:
        return safe
    digest = hashlib.sha256(label.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    short = safe.encode()[: LONGEST - 10].decode("utf-8", "ignore").strip(" .")
    return f"{short or 'student'}-{digest}"


def _folded(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold()


@dataclass(frozen=True)
class Person:
    """A row of a roster or a gradebook: `id` is the `platform`'s own, `logins` are other ids."""

    id: str = ""
    logins: tuple[str, ...] = ()
    email: str = ""
    name: str = ""
    platform: str = ""
    row: int = 0

    @property
    def title(self) -> str:
        """What a person calls them."""
        return clean(self.name or self.email or self.id or " ".join(self.logins), LONGEST)


Keys = Iterable[Hashable]
WAYS: tuple[tuple[Callable[[Person], Keys], Callable[[Identity], Keys]], ...] = (
    (
        lambda p: [(p.platform, p.id)] * bool(p.id),
        lambda w: [(w.platform, w.id)] * bool(w.platform),
    ),
    (lambda p: _lower(*p.logins), lambda w: _lower(w.id)),
    (lambda p: _lower(p.email, *p.logins), lambda w: _lower(w.email)),
    (lambda p: _lower(_local(p.email)), lambda w: _lower(w.id)),
    (lambda p: _lower(*p.logins), lambda w: _lower(_local(w.email))),
    (lambda p: spellings(p.name), lambda w: spellings(w.name or w.id)),
    (lambda p: _lower(p.id), lambda w: _lower(w.id) if not w.platform else ()),
)  # how a person and who handed in may be the same, the surest first


class Register:
    """People to find somebody among."""

    def __init__(self, people: Iterable[Person]):
        self.indexes = [defaultdict[Hashable, set[Person]](set) for _ in WAYS]
        for person in people:
            for index, (keys, _) in zip(self.indexes, WAYS):
                for key in keys(person):
                    index[key].add(person)

    def find(self, who: Identity) -> Person | None:
        """The one who `who` is: by id, e-mail address or name, in this order.

        None where nobody is, and where the first of these that fits anybody fits several.
        """
        for index, (_, keys) in zip(self.indexes, WAYS):
            if found := set().union(*(index.get(key, ()) for key in keys(who))):
                return found.pop() if len(found) == 1 else None
        return None


def _lower(*texts: str) -> set[str]:
    return {text.casefold() for text in texts if text}


def _local(email: str) -> str:
    return email.partition("@")[0]


def spellings(name: str) -> set[str]:
    """`name` in letters alone, its words turned round at each place.

    >>> sorted(spellings("Lovelace, Ada"))
    ['adalovelace', 'lovelaceada']
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    words = re.findall(r"[^\W_]+", re.sub("[\u0300-\u036f'\u2019]", "", plain))[:8]
    return {"".join(words[i:] + words[:i]) for i in range(len(words))}


def roster(path: Path) -> list[Person]:
    """The people in a CSV file whose header names columns of ids, e-mail addresses or names."""
    sheet = Sheet.of(path)
    ids = [i for i, title in enumerate(sheet.header) if title.casefold() in IDS]
    name, email = sheet.column(*NAMES), sheet.column(*EMAILS)
    first, last = sheet.column(*FIRST), sheet.column(*LAST)
    if not ids and name is None and email is None and (first is None or last is None):
        raise BadInput(
            f"{path} names no column Name, ID or Email in its first line, which says:"
            f" {clean(', '.join(sheet.header), 200)}"
        )

    def person(number: int, row: Sequence[Cell]) -> Person:
        both = f"{sheet.text(row, first)} {sheet.text(row, last)}".strip()
        logins = tuple(filter(None, (sheet.text(row, i).strip("'") for i in ids)))
        numbered = tuple(i.split()[-1] for i in logins if i.startswith("Participant "))
        named = sheet.text(row, name) or both
        return Person("", logins + numbered, sheet.text(row, email), named, row=number)

    people = [person(i, row) for i, row in enumerate(sheet.rows) if i]
    return [p for p in people if (p.logins or p.email or p.name) and not _is_points(p)]


def _is_points(person: Person) -> bool:
    return person.name.strip() == "Points Possible" or person.name == "Student, Test"
