"""Points that a person gave or took, in a result.

A part gets the points that somebody set for it, whatever its checks say, then or later; the whole
score can be raised or lowered, for late work say. What the checks said stays beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from nndl2.checks.words import number

Json: TypeAlias = dict[str, Any]
OVERALL = "overall"


@dataclass(frozen=True)
class Adjustment:
    """What a person decided: a part's points, or what is added to the `OVERALL` score. None takes
    back what was decided before."""

    points: float | None
    why: str
    who: str = ""
    when: str = ""


def adjusted(result: Json, own: Mapping[str, Adjustment]) -> Json:
    """`result` with the points that `own` has, and with none that were adjusted before."""
    tests = [_part(t, own) if t["extra_data"]["kind"] == "part" else t for t in result["tests"]]
    parts = [t for t in tests if t["extra_data"]["kind"] == "part"]
    about = {name: v for name, v in result["extra_data"].items() if name != "adjusted"}
    by_checks = sum(map(_by_checks, parts))
    score = sum(t["score"] for t in parts)
    if whole := own.get(OVERALL):
        score = max(0, score + (whole.points or 0))
    if own:
        told = asdict(whole) | {"by_checks": by_checks} if whole else None
        about["adjusted"] = {"by_checks": by_checks, OVERALL: told}
    return result | {"score": score, "tests": tests, "extra_data": about}


def _by_checks(part: Json) -> float:
    """The points of a part by its checks alone."""
    was = part["extra_data"].get("adjusted")
    return was["by_checks"] if was else part["score"]


def _part(entry: Json, own: Mapping[str, Adjustment]) -> Json:
    by_checks = _by_checks(entry)
    about = {name: v for name, v in entry["extra_data"].items() if name != "adjusted"}
    score, mine = by_checks, own.get(about["part"])
    if mine is not None and mine.points is not None:
        score = mine.points
        about["adjusted"] = asdict(mine) | {"by_checks": by_checks}
    most, status = entry["max_score"], entry.get("status", "")
    status = ("passed" if score == most else "failed") if most else status
    return entry | {"score": score, "status": status, "extra_data": about}


def of_part(entry: Json) -> str:
    """What a person decided on a part, in a few words; empty where nobody did."""
    about = entry["extra_data"].get("adjusted")
    if not about:
        return ""
    points = f"{number(about['points'])} instead of {number(about['by_checks'])} by the checks"
    return f"{points}: {about['why']}{_signed(about)}"


def of_overall(result: Json) -> str:
    """What a person decided on the whole, in a few words; empty where nobody did."""
    about = (result["extra_data"].get("adjusted") or {}).get(OVERALL)
    return f"{about['points']:+g}: {about['why']}{_signed(about)}" if about else ""


def _signed(about: Json) -> str:
    told = ", ".join(filter(None, (about["who"], about["when"][:10])))
    return f" ({told})" if told else ""


def is_sound(about: Any) -> bool:
    """Whether an "adjusted" holds what a report reads; None is that of nobody."""
    if about is None:
        return True
    if not isinstance(about, dict):
        return False
    said = [about.get(name) for name in ("why", "who", "when")]
    points = [about.get(name) for name in ("points", "by_checks")]
    return all(isinstance(each, str) for each in said) and all(map(is_points, points))


def is_points(value: Any) -> bool:
    """Whether `value` is a number of points, given or taken."""
    return isinstance(value, (int, float)) and abs(value) < 1e9
