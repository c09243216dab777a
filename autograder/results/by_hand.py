"""What people grade, in a result: an entry a question, and the sum by hand.

A result tells all of it by itself, so that points can be written into it long after the grading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from autograder.results import adjustments
from nndl2.checks.questions import BY_HAND, ByHand, HandSum, Mark, Question

Json: TypeAlias = dict[str, Any]
KIND = "question"


def entries(states: Sequence[ByHand], first: int, seen: Mapping[str, str]) -> Iterator[Json]:
    """A test of Gradescope's for each question, without a score: people give that.

    `first` is the number of the first one, `seen` who sees it.
    """
    for number, state in enumerate(states, first):
        yield {
            "name": state.question.title,
            "number": str(number),
            "output": _output(state),
            "output_format": "text",
            "visibility": seen[state.question.name],
            "extra_data": {
                "kind": KIND,
                "question": state.question.name,
                "outcome": BY_HAND,
                "max_score": state.most,
                "mark": asdict(state.mark) if state.mark else None,
            },
        }


def states(tests: Iterable[Json]) -> list[ByHand]:
    """The questions among the tests of a result."""
    them = ((t["name"], t["extra_data"]) for t in tests if t["extra_data"]["kind"] == KIND)
    return [
        ByHand(
            Question(about["question"], title),
            about["max_score"],
            Mark(**about["mark"]) if about["mark"] else None,
        )
        for title, about in them
    ]


def is_entry(about: Json) -> bool:
    """Whether `about` says of a question what a report reads."""
    mark = about.get("mark")
    if about.get("outcome") != BY_HAND or not isinstance(about.get("question"), str):
        return False
    if not is_points(about.get("max_score")):
        return False
    return mark is None or (
        isinstance(mark, dict)
        and set(mark) == set(Mark.__dataclass_fields__)
        and is_points(mark["points"])
        and all(isinstance(v, str) for k, v in mark.items() if k != "points")
    )


def summed(them: Sequence[ByHand]) -> Json:
    """The sum by hand, for programs; no score while all of it is open."""
    hand = HandSum.of(them)
    return {"score": hand.given, "max_score": hand.most, "open": hand.open}


def marked(them: Iterable[ByHand], marks: Mapping[str, Mark]) -> list[ByHand]:
    """The same questions with what `marks` gives for them, and nothing else."""
    return [ByHand(s.question, s.most, marks.get(s.question.name)) for s in them]


def _output(state: ByHand) -> str:
    return f"{state.title}: {state.said}"


def is_points(value: Any) -> bool:
    """Whether `value` is a number of points for an answer."""
    return adjustments.is_points(value) and value >= 0
