"""Whether all of a result is there that a report reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.results import adjustments, by_hand
from nndl2.checks.model import Outcome

ENTRY = {"name": str, "output": str, "extra_data": dict}  # what every entry of a result has
SCORED = {"score": float, "max_score": float}  # and that of a part, too
ASKED = dict.fromkeys(("number", "visibility"), str)  # that of a question, too
ABOUT = {  # and of the others, in its extra data: one look each, for a class has 240,000
    kind: dict.fromkeys(("task", "outcome", kind), str) for kind in ("part", "check")
}
OUTCOMES = {outcome.value for outcome in Outcome}


def is_whole(found: Any) -> bool:
    """Whether all is there that a report reads."""
    return (
        _has(found, {"score": float, "output": str, "tests": list, "extra_data": dict})
        and _has(found["extra_data"], dict.fromkeys(("assignment", "status", "reason"), str))
        and _has(found["extra_data"], {"max_score": float, "sentence": str, "notes": list})
        and _is_decided(found["extra_data"].get("adjusted"))
        and all(map(_is_entry, found["tests"]))
    )


def _is_decided(about: Any) -> bool:
    if about is None:
        return True
    return _has(about, {"by_checks": float}) and adjustments.is_sound(
        about.get(adjustments.OVERALL)
    )


def _is_entry(entry: Any) -> bool:
    if not _has(entry, ENTRY):
        return False
    about = entry["extra_data"]
    if about.get("kind") == by_hand.KIND:
        return _has(entry, ASKED) and entry["number"].isdecimal() and by_hand.is_entry(about)
    fields = ABOUT.get(str(about.get("kind")))
    if fields is None or not _has(about, fields) or about["outcome"] not in OUTCOMES:
        return False
    if fields is ABOUT["check"]:
        return True
    return adjustments.is_sound(about.get("adjusted")) and _has(entry, SCORED)


def _has(found: Any, fields: Mapping[str, type]) -> bool:
    """Whether `found` is an object with these fields; a float may be any number of points."""
    if not isinstance(found, dict):
        return False
    for name, kind in fields.items():
        value = found.get(name)
        if kind is float:
            if not adjustments.is_points(value):
                return False
        elif not isinstance(value, kind):
            return False
    return True
