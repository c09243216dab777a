"""Who is who: safe names for folders, the people of a roster, and one person found among many."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake.cells import Cell, Sheet
from autograder.intake.model import BadInput, Identity
from autograder.text import clean

LONGEST = 80
UNSAFE = re.compile(r'[/\\:*?"<>|]')
NAMES = ("name", "full name", "student", "student name", "display name")
FIRST, LAST = ("first name", "given name"), ("last name", "surname", "family name")
IDS = (
    *("id", "student id", "student_id", "sid", "user id", "user_id", "id number", "identifier"),
    *("sis user id", "sis login id", "login", "login id", "username", "user name", "netid"),
)
POINTS_POSSIBLE = "Points Possible"  # in the place of a name, in Canvas's gradebook
NOBODY = {POINTS_POSSIBLE, "Student, Test"}
EMAILS = ("email", "email address", "e-mail", "e-mail address", "mail")


def folder_names(labels: Sequence[str], kept: Collection[str] = ()) -> list[str]:
    """A folder's name for each label: the label where that is safe and nobody else's.

    Who has a folder among `kept`, from an earlier run, keeps it.
    """
    taken = Counter(map(_folded, labels))
    names: dict[str, str] = {}  # by what the system may take for the same name
    for label in labels:
        name, again = _folder_name(label, taken[_folded(label)] == 1, kept), 0
        while _folded(name) in names:
            again += 1
            name = _digested(label, again)
        names[_folded(name)] = name
    return list(names.values())


def _folder_name(label: str, alone: bool, kept: Collection[str]) -> str:
    digested = _digested(label)
    unsafe = _safe(label) != label or len(label.encode()) > LONGEST
    return digested if unsafe or digested in kept or not (alone or label in kept) else label


def _safe(label: str) -> str:
    return UNSAFE.sub("_", clean(label)).strip(" .")


def _digested(label: str, again: int = 0) -> str:
    raw = label.encode("utf-8", "surrogateescape") + b"\0" * again
    short = _safe(label).encode()[: LONGEST - 10].decode("utf-8", "ignore").strip(" .")
    return f"{short or 'student'}-{hashlib.sha256(raw).hexdigest()[:8]}"


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


NUMBERING = {
    "canvas",
    "moodle",
    "brightspace",
}  # they give everybody a number of their own, which is no login
Keys = Iterable[Hashable]


def _ids(person: Person) -> Keys:
    """A roster's ids may be of any kind; a platform's file tells its own number from logins."""
    kind = "login" if person.platform else "any"
    return {(kind, i) for i in _lower(*person.logins)} | {("own", i) for i in _lower(person.id)}


def _ids_meant(who: Identity) -> Keys:
    kinds = ["any"] + ["login"] * (who.platform not in NUMBERING) + ["own"] * (not who.platform)
    return {(kind, i) for kind in kinds for i in _lower(who.id)}


def _akin(one: str, other: str) -> bool:
    """Whether two names have a word in common, or one is not known."""
    return not one or not other or _has_a_word(one, other) or _has_a_word(other, one)


def _has_a_word(name: str, of: str) -> bool:
    letters = "".join(_words(name))
    return any(word in letters for word in _words(of) if len(word) > 1)


def _equal(one: str, other: str) -> bool:
    """Whether two names are spelled alike, or one is not known."""
    return not one or not other or bool(spellings(one) & spellings(other))


@dataclass(frozen=True)
class Way:
    """How a person and who handed in may be the same: a key in common, and names that `fit`."""

    person: Callable[[Person], Keys]
    who: Callable[[Identity], Keys]
    fit: Callable[[str, str], bool] = lambda one, other: True
    by_id: bool = False


WAYS = (
    Way(
        lambda p: [(p.platform, p.id)] * bool(p.id),
        lambda w: [(w.platform, w.id)] * bool(w.platform),
        by_id=True,
    ),
    Way(_ids, _ids_meant, _akin, by_id=True),
    Way(lambda p: _lower(p.email, *p.logins), lambda w: _lower(w.email)),
    Way(
        lambda p: _lower(_local(p.email)),
        lambda w: _lower(w.id) if w.platform not in NUMBERING else (),
        _equal,
    ),
    Way(lambda p: _lower(*p.logins), lambda w: _lower(_local(w.email)), _equal),
    Way(lambda p: spellings(p.name), lambda w: spellings(w.name or w.id * (not w.platform))),
)  # the surest first


class Register:
    """People to find somebody among."""

    def __init__(self, people: Iterable[Person]):
        self.indexes = [defaultdict[Hashable, set[Person]](set) for _ in WAYS]
        for person in people:
            for index, way in zip(self.indexes, WAYS):
                for key in way.person(person):
                    index[key].add(person)

    def find(self, who: Identity) -> Person | None:
        """The one who `who` is: by id, e-mail address or name, in this order.

        None where nobody is, and where the first of these that fits anybody fits several. Nobody is
        who has another number on the same platform.
        """
        return self._found(who)[0]

    def matched(self, whos: Mapping[str, Identity]) -> dict[str, Person]:
        """The people that `whos` are, by the same keys, nobody twice.

        Of several who are found to be one person, the one counts whom a platform gives that
        person's id; where that is not one, none does.
        """
        claims = defaultdict[Person, list[tuple[bool, str]]](list)
        for key, who in whos.items():
            person, by_id = self._found(who)
            if person:
                claims[person].append((bool(by_id and who.platform), key))
        matched = {}
        for person, claimed in claims.items():
            surest = [key for sure, key in claimed if sure == max(claimed)[0]]
            if len(surest) == 1:
                matched[surest[0]] = person
        return matched

    def _found(self, who: Identity) -> tuple[Person | None, bool]:
        for index, way in zip(self.indexes, WAYS):
            near = set().union(*(index.get(key, ()) for key in way.who(who)))
            found = {p for p in near if way.fit(p.name, who.name) and not _told_apart(p, who)}
            if found:
                return (found.pop() if len(found) == 1 else None), way.by_id
        return None, False


def _told_apart(person: Person, who: Identity) -> bool:
    """Whether the platform itself says that these are two."""
    both = person.id and who.id and person.platform == who.platform
    return bool(both) and person.id != who.id


def _lower(*texts: str) -> set[str]:
    return {text.casefold() for text in texts if text}


def _local(email: str) -> str:
    return email.partition("@")[0]


def spellings(name: str) -> set[str]:
    """`name` in letters alone, its words turned round at each place.

    >>> sorted(spellings("Lovelace, Ada"))
    ['adalovelace', 'lovelaceada']
    """
    words = _words(name)
    return {"".join(words[i:] + words[:i]) for i in range(len(words))}


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.findall(r"[^\W_]+", re.sub("[\u0300-\u036f'\u2019]", "", plain))[:8]


def roster(path: Path) -> list[Person]:
    """The people in a CSV file whose header names columns of ids, e-mail addresses or names.

    Who stands there twice, say in two sections, is one.
    """
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
    known = [p for p in people if (p.logins or p.email or p.name) and not _is_nobody(p)]
    once = {replace(p, row=0): p for p in reversed(known)}
    return [p for p in known if once[replace(p, row=0)] is p]


def _is_nobody(person: Person) -> bool:
    return person.name.strip() in NOBODY
