"""Laws of a function that gives one number for a minibatch.

A right loss gives one number, for every size of minibatch, passes gradients on and changes nothing.
What it should be, an oracle knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nndl2.checks.compare import as_array, difference, expect_answer, kind_of, shape_text
from nndl2.checks.model import Mismatch, NotWritten, StudentError
from nndl2.checks.numbers import ATOL, RTOL, close
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import (
    Argument,
    Gradients,
    Handle,
    Place,
    Submission,
    Target,
    Value,
    target_name,
)

Array = np.ndarray
Batch = Sequence[Array]
Slopes = dict[Place, tuple[str, Answer]]  # what is wanted where: its name, the oracle's answer
TIGHT = 3e-4  # so well do numbers of several batches agree that come of one cause
ROUNDING = 16 * float(np.finfo(np.float32).eps)  # how far off a sum of many numbers may be
VAGUE = 0.05  # a coefficient that is not known better than this tells nothing


def scalar(student: Submission, target: str, batch: Batch, what: str = "the loss") -> np.ndarray:
    """The loss of a batch, float64 (), or what it is instead. Shape (1,) is let pass."""
    value = student.call(target, *batch)
    if isinstance(value, (tuple, dict)):
        note = f"return {what} alone"
        raise Mismatch("one number", kind_of(value), note, "loss_with_more")
    got = as_array(value, target)
    if got.size != 1:
        cause = "loss_per_image" if got.shape[:1] == batch[0].shape[:1] else ""
        if got.ndim > 1 and got.shape in [each.shape for each in batch]:
            cause = "term_not_summed"
        raise Mismatch("one number", shape_text(got.shape), f"{what} is no scalar", cause)
    if not np.isfinite(got).all():
        raise Mismatch("a finite number", "NaN or infinity", "", "loss_not_finite")
    return got.reshape(()).astype(np.float64)


def expect_scalars(
    student: Submission,
    target: str,
    batches: Sequence[Batch],
    answers: Sequence[Answer],
    terms: Mapping[str, str],
    what: str = "the loss",
    offset: bool = False,
    rtol: float = RTOL,
) -> None:
    """The loss of each batch is the oracle's answer.

    A cause is told only where it explains every batch; with `offset` up to a number that all
    batches have in common, and none where that number is all that is wrong. `terms` maps
    misconceptions that leave a term out to those that give it another coefficient, any that all
    batches agree on.
    """
    got = [scalar(student, target, b, what) for b in batches]
    try:
        expect_numbers(got, answers, terms, what, rtol=rtol, offset=offset)
    except Mismatch as e:
        if e.diagnosis or close(got[0], scalar(student, target, batches[0], what)):
            raise
        raise Mismatch(e.expected, e.got, "", "loss_drawn") from None


def expect_numbers(
    got: Sequence[np.ndarray],
    answers: Sequence[Answer],
    terms: Mapping[str, str],
    what: str,
    rtol: float = RTOL,
    atol: float = ATOL,
    offset: bool = False,
) -> None:
    """As `expect_scalars`, of numbers that are known already."""
    pairs = list(zip(got, answers))
    if all(answer.right.equal(number, rtol, atol) for number, answer in pairs):
        return
    number, answer = next(p for p in pairs if not p[1].right.equal(p[0], rtol, atol))
    told = difference(number, answer.right, what)
    apart = got[0] - answers[0].right.array
    if offset and all(answer.right.equal(n - apart, rtol, atol) for n, answer in pairs):
        raise Mismatch(told.expected, told.got)  # many mistakes have it in common
    cause = next(_causes(pairs, rtol, atol), "") or next(_coefficients(pairs, terms, atol), "")
    cause = cause or (next(_causes_but_one(pairs), "") if offset else "")
    raise Mismatch(told.expected, told.got, "" if cause else _factor(pairs, what), cause)


Pairs = Sequence[tuple[np.ndarray, Answer]]


def _causes(pairs: Pairs, rtol: float, atol: float) -> Iterator[str]:
    """The misconceptions that give every number there is.

    One that an answer does not list gives what is right there: a sum over one sample is its mean.
    """
    for name in dict.fromkeys(name for _, answer in pairs for name, _ in answer.mistakes()):
        given = [(n, answer.of(name) or [answer.right]) for n, answer in pairs]
        if all(any(wrong.equal(n, rtol, atol) for wrong in known) for n, known in given):
            yield name


def _causes_but_one(pairs: Pairs) -> Iterator[str]:
    """The misconceptions that give every number but for one and the same summand."""
    for name in dict.fromkeys(name for name, _ in pairs[0][1].mistakes()):
        wrong = [answer.of(name) for _, answer in pairs]
        if all(wrong):
            rest = np.array([float(n - w[0].array) for (n, _), w in zip(pairs, wrong)])
            if close(rest, np.full(len(rest), rest[0]), TIGHT, TIGHT):
                yield name


def _coefficients(pairs: Pairs, terms: Mapping[str, str], atol: float) -> Iterator[str]:
    """Of `terms`, those whose coefficient, one for all batches, explains every number, the one that
    does so best first: a constant and another coefficient can look alike.

    A term is what is right less what is got without it, and counts as often as it takes.
    """
    fits: list[tuple[float, str]] = []
    for without, weighted in terms.items() if len(pairs) > 1 else ():
        left = [answer.of(without) for _, answer in pairs]
        if not all(left):
            continue
        known = [(n, a.right.array, lacking[0].array) for (n, a), lacking in zip(pairs, left)]
        if any(close(right, lacking) for _, right, lacking in known):
            continue
        got, right, lacking = (np.array(column, np.float64).ravel() for column in zip(*known))
        counts, doubt = (
            each / np.abs(right - lacking)
            for each in ((got - lacking) * np.sign(right - lacking), atol + ROUNDING * np.abs(got))
        )
        best = counts[doubt.argmin()]
        bound = TIGHT * abs(best) + doubt + doubt.min()
        if np.sort(doubt)[1] <= VAGUE and bool((np.abs(counts - best) <= bound).all()):
            fits.append((float(np.ptp(counts) / max(np.abs(counts - 1).min(), 1e-9)), weighted))
    yield from (weighted for _, weighted in sorted(fits))


def _factor(pairs: Pairs, what: str) -> str:
    """By how much all numbers are too large, where at least two agree on it."""
    with np.errstate(all="ignore"):
        factors = np.array([float(n / answer.right.array) for n, answer in pairs])
    if len(factors) < 2 or not close(factors, np.full(len(factors), factors[0]), TIGHT):
        return ""
    told = f"{factors[0]:.4g}"
    return "" if told == "1" else f"{what} is {told} times what it should be"


def expect_finite(
    student: Submission, target: str, batch: Batch, cause: str = "bare_logarithms"
) -> None:
    """What comes of a batch at the edge of what logarithms or exponentials take is finite, else
    `cause` is told."""
    got = as_array(student.call(target, *batch), target)
    if not np.isfinite(got).all():
        asked = "a finite number" if got.size == 1 else "finite numbers"
        raise Mismatch(asked, "NaN or infinity", "", cause)


def expect_any_size(student: Submission, target: str, small: Batch, large: Batch) -> None:
    """The loss takes `small` images; that it works with `large` ones alone is told as the cause."""
    try:
        student.call(target, *small)
    except StudentError:
        with suppress(StudentError):
            student.call(target, *large)
            sizes = " x ".join(map(str, large[0].shape[2:]))
            note = f"{target} works with images of {sizes} alone"
            raise Mismatch(note=note, diagnosis="pixels_hard_coded") from None
        raise


class NoTerms(Mismatch):
    """A loss does not give its total and its terms as asked."""


@dataclass(frozen=True)
class Weighted:
    """A loss that gives a total and a dict of its terms, which `names` names."""

    student: Submission
    target: Handle
    names: tuple[str, str]

    def of(self, *given: Argument) -> Array:
        """The total and both terms of a batch, float64 (3,)."""
        value = self.student.call(self.target, *given)
        if value is None:
            raise NotWritten(self.target.name, returned=True)
        asked = f"a total and a dict with {' and '.join(self.names)}"
        if not isinstance(value, tuple) or len(value) != 2:
            cause = "terms_not_returned" if isinstance(value, np.ndarray) else ""
            raise NoTerms(asked, kind_of(value), "", cause)
        total, terms = value
        if not isinstance(terms, dict):
            raise NoTerms(asked, f"a total and {kind_of(terms)}")
        if lacking := [name for name in self.names if name not in terms]:
            raise NoTerms(asked, f"a dict with {', '.join(terms)}", f"{lacking[0]} is missing")
        whole = zip(("the total", *self.names), (total, *(terms[name] for name in self.names)))
        return np.array([_one_number(value, what) for what, value in whole])


def _one_number(value: Value, what: str) -> float:
    got = as_array(value, what)
    if got.size != 1:
        raise NoTerms("one number", shape_text(got.shape), f"{what} is no single number")
    if not np.isfinite(got).all():
        raise NoTerms("a finite number", "NaN or infinity", what, "loss_not_finite")
    return float(got.reshape(()))


def in_place(found: Sequence[Array], answers: Sequence[tuple[Answer, Answer]]) -> list[Array]:
    """Totals with their terms, (3,) each; terms that have changed places, as the oracle's answers
    for both show, are put back: that is told of the terms."""
    exchanged = all(
        first.right.equal(row[2], 1e-3) and second.right.equal(row[1], 1e-3)
        for row, (first, second) in zip(found, answers)
    )
    return [row[[0, 2, 1]] if exchanged else row for row in found]


def expect_coefficients(found: Sequence[Array], answer: Answer) -> None:
    """In totals that come with their two terms, (3,) each, the terms are weighted as the oracle
    says: relative to the terms as they are, right or wrong."""
    rows = np.array(found)
    got, *_ = np.linalg.lstsq(rows[:, 1:], rows[:, 0], rcond=None)
    if not close(rows[:, 1:] @ got, rows[:, 0], 1e-3):
        raise Mismatch(note="the total is no weighted sum of rec_loss and kl_loss")
    told = difference(got, answer.right, "the weights of the terms")
    if not answer.right.equal(got, 1e-3, 1e-3):
        cause = next((i for i, w in answer.mistakes() if w.equal(got, 1e-3, 1e-3)), "")
        raise Mismatch(told.expected, told.got, "" if cause else told.note, cause)


def expect_coefficients_to_follow(
    found: Mapping[float, Sequence[Array]], answers: Mapping[float, Answer]
) -> None:
    """As `expect_coefficients` for each coefficient that a network was built with; where they are
    wrong at the first one already, that is told elsewhere. The terms know nothing of it."""
    _expect_bare_terms([np.array(rows)[:, 1:] for rows in found.values()])
    for place, (coefficient, answer) in enumerate(answers.items()):
        try:
            expect_coefficients(found[coefficient], answer)
        except Mismatch:
            if not place:
                return
            raise


def _expect_bare_terms(found: Sequence[Array]) -> None:
    """No term (T, 2) is another one times a factor that all minibatches share."""
    for terms in found[1:]:
        with np.errstate(all="ignore"):
            factors = terms / found[0]
        shared = np.broadcast_to(factors[:1], factors.shape)
        if not close(terms, found[0], 1e-3) and close(factors, shared, 1e-3, 1e-3):
            note = "a term comes back weighted: it changes with the weight that is given"
            raise Mismatch(note=note, diagnosis="term_weighted")


def expect_slopes(
    student: Submission,
    target: Target,
    batch: Sequence[Argument],
    wants: Slopes,
    pick: int | None = None,
) -> None:
    """The gradients of the loss for the arguments at these places are the oracle's answers."""
    found = student.gradients(target, *batch, wrt=tuple(wants), pick=pick)
    if found.output is None:
        raise NotWritten(target_name(target))
    for at, (name, answer) in wants.items():
        slope = _reached(found, at, name)
        expect_answer(slope, answer, f"the gradient for {name}", rtol=1e-3, atol=1e-5)


def expect_gradients(
    student: Submission, target: str, batch: Batch, names: Mapping[int, str]
) -> None:
    """Gradients of the loss reach the arguments at these places."""
    found = student.gradients(target, *batch, wrt=tuple(names))
    if found.output is None:
        raise NotWritten(target)
    for at, name in names.items():
        _reached(found, at, name)


def _reached(found: Gradients, at: Place, name: str) -> np.ndarray:
    slope = found.by[str(at)]
    if slope is None:
        note = f"no gradient of the loss reaches {name}"
        raise Mismatch(note=note, diagnosis="loss_without_gradient")
    return slope
