"""Laws of what learns: gradients reach every parameter, and units do not start alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nndl2.checks.model import CheckError, Mismatch, NotWritten, StudentError
from nndl2.checks.submission import Handle, Submission
from nndl2.laws.chains import Fed, arguments

Array = np.ndarray
FEW = 4  # of each layer's units: where these differ, not all are alike


def expect_gradients(student: Submission, target: Handle, fed: Sequence[Fed]) -> None:
    """Every parameter of `target` gets a gradient from its output, for the first of the inputs
    `fed` that it takes."""
    errors: list[CheckError] = []
    for given in fed:
        try:
            by = student.gradients(target, *arguments(given), wrt="parameters", numbers=False).by
        except StudentError as e:
            errors.append(e)
            continue
        if without := [name for name, g in by.items() if g is None]:
            note = f"no gradient reaches {', '.join(without[:4])} of {target.name}"
            raise Mismatch(note=note, diagnosis="no_gradient")
        levels = [g[(slice(1),) * g.ndim] for g in by.values() if g is not None]
        if not all(np.isfinite(level).all() for level in levels):
            note = f"the gradients of {target.name} are no finite numbers"
            raise Mismatch(note=note, diagnosis="no_gradient")
        if by and not any(level.any() for level in levels):
            note = f"all gradients of {target.name} are zero"
            raise Mismatch(note=note, diagnosis="no_gradient")
        return
    raise errors[0] if errors else NotWritten(target.name)


def expect_passed(student: Submission, target: Handle, fed: Fed, what: str) -> None:
    """A gradient of the output of `target` reaches what goes in, the first of it."""
    found = student.gradients(target, *arguments(fed), wrt=(0,)).by["0"]
    if found is None or not found.any():
        raise Mismatch(note=f"no gradient of {target.name} reaches {what}", diagnosis="input_cut")


def reached(student: Submission, target: Handle, fed: Sequence[Fed]) -> set[str]:
    """The parameters that a gradient of the output of `target` reaches."""
    for given in fed:
        try:
            by = student.gradients(target, *arguments(given), wrt="parameters", numbers=False).by
        except StudentError:
            continue
        return {name for name, g in by.items() if g is not None}
    return set()


def expect_different_units(student: Submission, target: Handle, width: int) -> None:
    """No layer of `width` units starts with all of them alike: they would stay alike for ever."""
    first = [w for w in student.weights(target, most=FEW).values() if w.ndim == 2]
    if all(np.ptp(w, axis=axis).any() for w in first for axis in (0, 1)):
        return
    for weight in student.weights(target).values():
        if weight.ndim == 2 and width in weight.shape:
            axis = weight.shape.index(width)
            if not np.ptp(weight.astype(np.float64), axis=axis).any():
                note = f"all units of a hidden layer of {target.name} start with the same weights"
                raise Mismatch(note=note, diagnosis="units_alike")


def expect_own_weights(student: Submission, model: Handle, one: str, other: str) -> None:
    """Two pieces of a network share no layer, nor a weight alone.

    A network has a shared parameter once, under whatever name, and two that start alike twice.
    """
    if not is_there(student, model, one):
        return
    pieces = [student.weights(model.part(name)) for name in (one, other)]
    pairs = list(zip(pieces[0].values(), pieces[1].values()))
    alike = [a for a, b in pairs if np.array_equal(a, b)]
    whole = student.weights(model) if alike else {}
    times = [sum(np.array_equal(w, a) for w in whole.values()) for a in alike]
    all_of_it = len(alike) == len(pairs) and all(n < 2 for n in times)
    if (alike and all_of_it) or any(n == 1 and np.ptp(a) for n, a in zip(times, alike)):
        what = "are one and the same layer" if all_of_it else "share a weight"
        raise Mismatch(note=f"{one} and {other} {what}", diagnosis="shared_layer")


def names_of(student: Submission, model: Handle, pieces: Sequence[str]) -> dict[str, list[str]]:
    """What a whole network calls the parameters of each of its pieces, which it may know by other
    names."""
    there = {p: [*student.weights(model.part(p), numbers=False)] for p in pieces}
    found: dict[str, list[str]] = {}
    try:
        shapes = student.weights(model, numbers=False)
        for piece in pieces:
            told = [name for name in shapes if name.startswith(f"{piece}.")]
            found[piece] = told or _by_value(student, model, piece)
    except StudentError:  # more than fits into an answer
        return {p: [f"{p}.{name}" for name in names] for p, names in there.items()} | found
    return found


def _by_value(student: Submission, model: Handle, piece: str) -> list[str]:
    """The parameters of the whole network that have the numbers of the piece's."""
    own, whole = student.weights(model.part(piece)), student.weights(model)
    return [n for n, w in whole.items() if any(np.array_equal(w, o) for o in own.values())]


def is_there(student: Submission, model: Handle, piece: str) -> bool:
    """Whether the network has written the piece of this name."""
    try:
        student.weights(model.part(piece), numbers=False)
    except CheckError:
        return False
    return True
