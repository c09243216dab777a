"""Laws of what a piece computes: with known weights in it, an oracle knows its output.

Activations, missing biases and layers that do not belong there show in the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice

import numpy as np

from nndl2.checks.compare import as_array, cause, expect_answer, expect_shape, shape_text
from nndl2.checks.model import CheckError, Mismatch, NotRun, StudentError
from nndl2.checks.numbers import ATOL, RTOL, close
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Mode, Submission, Value
from nndl2.laws import planting
from nndl2.laws.chains import Fed, arguments, kinds, settled
from nndl2.laws.planting import BIAS, Layers, Slot

Array = np.ndarray
MOST_TRIED = 24  # arrangements of weights of equal shapes


def expect_planted(
    student: Submission,
    target: Handle,
    fed: Sequence[Fed],
    layers: Layers,
    answer: Answer,
    *,
    core: tuple[Layers, Answer] | None = None,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> Array:
    """With `layers` planted, `target` gives the oracle's answer, in both modes; its output is
    returned as it comes, for a look at its shape.

    It has to do so for one of the inputs `fed`. Where only the hidden widths of a piece are others,
    `core` is asked instead: layers that are planted among silent units, and the answer for the
    first numbers of the output.
    """
    weights = settled(student, target, fed)
    laid, layers, answer, first = _fitting(weights, layers, answer, core)
    tried: list[Array] = []
    for slots in laid:
        planting.put(student, target, slots, layers, weights)
        got = outputs(student, target, fed)
        flat = [rows(g)[:, :first] for g in got]
        hit = next((i for i, f in enumerate(flat) if answer.right.equal(f, rtol, atol)), None)
        if hit is not None:
            in_training = rows(outputs(student, target, fed, "train")[hit])[:, :first]
            expect_known(student, target, in_training, answer, fed[0], rtol, atol)
            return got[hit]
        tried += flat
    explained = (f for f in tried if cause(f, answer, rtol, atol))
    expect_known(student, target, next(explained, tried[0]), answer, fed[0], rtol, atol)
    raise AssertionError("an answer that differs was found equal")


def _fitting(
    weights: Mapping[str, Array],
    layers: Layers,
    answer: Answer,
    core: tuple[Layers, Answer] | None,
) -> tuple[list[list[Slot]], Layers, Answer, int | None]:
    """Where the layers go, else those of the core with its answer; and how many numbers of each row
    are compared, if not all."""
    sizes = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
    if laid := _laid(weights, layers):
        return laid, layers, answer, None
    if core and (shapes := planting.free_shapes(weights, sizes)):
        wide = planting.widened(core[0], shapes)
        if laid := _laid(weights, wide):
            return laid, wide, core[1], core[1].right.shape[1]
    raise NotRun("it needs layers of the asked sizes")


def expect_planted_joined(
    student: Submission,
    target: Handle,
    given: tuple[Array, ...],
    labels: int,
    layers: Layers,
    answer: Answer,
    *,
    atol: float = ATOL,
) -> None:
    """As `expect_planted`, of a piece that joins a label to what it is given by itself: behind, or
    before, which is let pass."""
    try:
        expect_planted(student, target, [given], layers, answer, atol=atol)
    except Mismatch:
        if not labels:
            raise
        weight, bias = layers[0]
        before = [(np.roll(weight, labels, axis=1), bias), *layers[1:]]
        with suppress(Mismatch):
            expect_planted(student, target, [given], before, answer, atol=atol)
            return
        raise


def expect_axis(got: Array, shape: tuple[int, ...], what: str, axes: str) -> None:
    """`got` has `shape`; one that lacks only an axis of length 1 is told so."""
    lacking = got.shape == tuple(n for k, n in enumerate(shape) if n != 1 or not k)
    if lacking and got.shape != shape:
        texts = f"{shape_text(shape)} = {axes}", shape_text(got.shape)
        raise Mismatch(*texts, f"{what} has another shape", "axis_missing")
    expect_shape(got, shape, what, axes)


def expect_images(value: Value, shape: tuple[int, ...], what: str, axes: str) -> Array:
    """`value` as images of `shape`, (..., H, W); rows of their pixels are told so."""
    got = as_array(value, what)
    if (got.shape[:1], got.shape[-1:]) == (shape[:1], (shape[-2] * shape[-1],)):
        texts = f"{shape_text(shape)} = {axes}", shape_text(got.shape)
        raise Mismatch(*texts, f"{what} has another shape", "pixels_in_rows")
    return expect_shape(got, shape, what, axes)


def _laid(weights: Mapping[str, Array], layers: Layers) -> list[list[Slot]]:
    shapes = [(int(w.shape[0]), int(w.shape[1])) for w, _ in layers]
    return list(islice(planting.arrangements(weights, shapes), MOST_TRIED))


def outputs(
    student: Submission, target: Handle, fed: Sequence[Fed], mode: Mode = "eval"
) -> list[Array]:
    """What `target` makes of those of the inputs `fed` that it takes, else the first error."""
    found: list[Array] = []
    errors: list[CheckError] = []
    for given in fed:
        try:
            inputs = arguments(given)
            got = as_array(student.call(target, *inputs, mode=mode), target.name)
            found.append(_as_batch(got, len(inputs[0]), target.name))
        except (StudentError, Mismatch) as e:
            errors.append(e)
    if not found:
        raise errors[0]
    return found


def by_image(got: Array, n: int) -> Array:
    """Images whose first axis is another as rows, where their number fits."""
    return got.reshape(n, -1) if got.shape[:1] != (n,) and got.size and not got.size % n else got


def decoded(
    student: Submission, target: Handle, given: Sequence[Array], mode: Mode = "eval"
) -> Array:
    """What a decoder makes of `given`, an image for each row, whatever its axes: these are told of
    the decoder itself."""
    got = as_array(student.call(target, *given, mode=mode), target.name)
    return as_rows(got, len(given[0]), target.name) if got.shape[:1] != (len(given[0]),) else got


def as_rows(got: Array, n: int, name: str) -> Array:
    """What is one row for each of n images, whatever its axes, as rows (n, D)."""
    return rows(_as_batch(by_image(got, n), n, name))


def _as_batch(got: Array, n: int, name: str) -> Array:
    if got.shape[:1] != (n,) or not got.size:
        note = f"{name} gives no row for each sample"
        raise Mismatch(f"shape ({n}, ...)", shape_text(got.shape), note)
    return got


def rows(images: Array) -> Array:
    """Images, or whatever stands for them, as rows (N, D)."""
    n = len(images) if images.ndim else 1
    return images.reshape(n, images.size // n if n else 0)


def expect_known(
    student: Submission,
    target: Handle,
    got: Array,
    answer: Answer,
    fed: Fed,
    rtol: float,
    atol: float,
    what: str = "",
) -> None:
    """`got`, which `target` made of `fed`, is the oracle's answer; else what the layers at work and
    the numbers show is told. `what` is its name in a sentence, if not the target's."""
    try:
        expect_answer(got, answer, what or target.name, rtol=rtol, atol=atol)
    except Mismatch as e:
        if e.diagnosis:
            raise
        seen_kinds = kinds(student, target, [fed])
        foreign = {"Dropout": "dropout", "Norm": "normalisation"}
        seen = next((i for word, i in foreign.items() for kind in seen_kinds if word in kind), "")
        diagnosis = _shown_by_values(got, answer, rtol, atol) or seen
        if not diagnosis and answer.right.whole is None and _alike(got, atol):
            diagnosis = "input_ignored" if _ignores(student, target, fed) else ""
        layers = f"its layers: {', '.join(seen_kinds)}" if seen_kinds else ""
        note = "; ".join(filter(None, (e.note, layers)))
        raise Mismatch(e.expected, e.got, note, diagnosis) from None


def _shown_by_values(got: Array, answer: Answer, rtol: float, atol: float) -> str:
    """What numbers alone show: rows that do not depend on the input, or a range cut off."""
    if got.shape != answer.right.shape or not np.isfinite(got).all():
        return ""
    if _alike(got, atol):
        if answer.right.whole is None:  # and the mean of the minibatch is not known
            return ""
        mean = answer.right.array.mean(0)  # of the minibatch, which does depend on it
        return "" if np.abs(got[0] - mean).max() <= atol + rtol else "input_ignored"
    a, b, _ = answer.right.elements(got)
    low, high = float(got.min()), float(got.max())
    if low >= 0 and b.min() < 0 and np.abs(a - b.clip(0)).max() <= 2 * BIAS:
        return "relu_on_head"  # a bias that is missing as well is seen by the count
    cut = bool(((b < low) | (b > high)).any())
    return "range_cut" if cut and np.abs(a - b.clip(low, high)).max() <= atol + rtol else ""


def _ignores(student: Submission, target: Handle, fed: Fed) -> bool:
    """Whether the target makes the same of two inputs."""
    given = arguments(fed)
    first, second = (
        as_array(student.call(target, *(factor * each for each in given)), target.name)
        for factor in (1, 0.5)
    )
    return first.shape == second.shape and close(first, second)


def _alike(got: Array, atol: float) -> bool:
    """Whether all rows are one and the same."""
    return bool(np.ptp(got.astype(np.float64), axis=0).max() <= atol)
