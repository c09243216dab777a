"""Several attempts of one student, of which one counts; one file of several students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.grade import sha256_of
from autograder.intake import Handed
from autograder.results.graded import Graded
from autograder.text import clean
from nndl2.checks.model import Status


def noted(graded: Graded, one: Handed) -> Graded:
    """`graded` with what intake noted of the submission."""
    counts = "the one with the most points" if one.attempts else "the latest with a program in it"
    several = f"this is attempt {one.attempt}; {counts} counts" if one.attempt else ""
    notes = [clean(note) for note in (one.note, several) if note]
    number = f"{one.attempt} (best)" if one.attempts else one.attempt
    group = (one.group, *one.together) if one.group or one.together else ()
    return replace(graded, notes=(*notes, *graded.notes), attempt=number, group=group)


def together(handed: Sequence[Handed]) -> list[list[Handed]]:
    """Those who share a file, which is graded once, and all others alone."""
    of: dict[tuple[str, ...], list[Handed]] = {}
    for one in handed:
        of.setdefault(tuple(sorted((one.student, *one.together))), []).append(one)
    return [*of.values()]


def best_of(found: Sequence[Graded]) -> Graded:
    """Of results that belong to attempts, the newest first, the one with the most points; a held
    one where that might have had more."""
    best = max(found, key=lambda graded: graded.report.score)
    held = [graded for graded in found if graded.status is Status.HELD]
    return held[0] if held and best.report.score < best.report.max_score else best


def tries(one: Handed) -> list[Handed]:
    """`one` with the file of each of its attempts, where the best of them counts."""
    return [replace(one, source=each.source) for each in one.attempts] or [one]


def counted(found: Sequence[Graded], one: Handed) -> Graded:
    """Of the results of its attempts the one that counts, with what intake noted of it."""
    best = best_of(found)
    return noted(best, one.counting(lambda source: sha256_of(source) == best.sha256))
