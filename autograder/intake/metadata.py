"""Gradescope's submission_metadata.yml: which folder of an export is whose.

The file is read as a stream of events: that takes no recursion, and can be stopped where somebody
nested it deep to keep the parser busy. Every value stays the text it is. An alias stands for the
very value it names, which is not copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograder.intake.model import BadInput, Identity, refused
from autograder.intake.tree import Node, bytes_of
from nndl2.checks.model import Unusable

FILE, MOST_BYTES = "submission_metadata.yml", 64 << 20
DEEPEST, NONSENSE = 5, 64  # what is read of it, and what no export has
MOST_PEOPLE = 200_000  # with aliases a small file can name many


def submissions(node: Node) -> dict[str, dict[str, Any]]:
    """What the file `node` tells of each folder, by the folder's name; BadInput if damaged."""
    import yaml  # by this layout alone

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        told = _built(yaml.parse(bytes_of(node, MOST_BYTES), loader))
    except Unusable as e:
        raise refused(e, "export the submissions again") from None
    except (yaml.YAMLError, ValueError):
        raise BadInput(f"{FILE} is damaged; export the submissions again") from None
    if not isinstance(told, dict):
        return {}
    found = {key: value for key, value in told.items() if isinstance(value, dict)}
    if sum(len(_listed(submission)) for submission in found.values()) > MOST_PEOPLE:
        raise BadInput(f"{FILE} names more than {MOST_PEOPLE} people; export the submissions again")
    return found


def submitters(submission: dict[str, Any], key: str) -> list[Identity]:
    """Who handed in together; where that is not told, somebody called `key`."""
    people = [
        Identity(_text(s, "name"), _text(s, "sid"), _text(s, "email"), platform="gradescope")
        for s in _listed(submission)
        if isinstance(s, dict)
    ]
    known = [person for person in people if person.id or person.email or person.name]
    return known or [Identity("", key, platform="gradescope")]


def _listed(submission: dict[str, Any]) -> list[Any]:
    listed = submission.get(":submitters", submission.get("submitters"))
    return listed if isinstance(listed, list) else []


def _text(submitter: dict[str, Any], name: str) -> str:
    value = submitter.get(f":{name}", submitter.get(name))
    return value if isinstance(value, str) and value not in ("null", "~") else ""


def _built(events: Iterable[Any]) -> Any:
    """The value that events make, to a depth that is more than this file has."""
    values: list[list[Any]] = [[]]  # for each open list or mapping, what it holds so far
    opened: list[str | None] = []  # the anchors of these
    named: dict[str | None, Any] = {}  # what anchors stand for, once it is whole
    depth = 0
    for event in events:
        kind = type(event).__name__
        if kind.endswith("StartEvent") and kind.startswith(("Mapping", "Sequence")):
            depth += 1
            if depth > NONSENSE:
                raise ValueError("nested too deep")
            if depth <= DEEPEST:
                values.append([])
                opened.append(event.anchor)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            if depth <= DEEPEST:
                made = values.pop()
                value = _mapping(made) if kind.startswith("Mapping") else made
                values[-1].append(value)
                named[opened.pop()] = value
            depth -= 1
        elif kind == "ScalarEvent" and depth <= DEEPEST:
            values[-1].append(event.value)
            named[event.anchor] = event.value
        elif kind == "AliasEvent" and depth <= DEEPEST:
            values[-1].append(named.get(event.anchor))
    return values[0][0] if values[0] else None


def _mapping(made: list[Any]) -> dict[str, Any]:
    return {key: value for key, value in zip(made[::2], made[1::2]) if isinstance(key, str)}
