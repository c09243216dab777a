"""Laws of a training loop, judged by what it makes of a network of known weights.

The loop is given the course's miniature and known minibatches of unequal sizes. What the weights
and the losses are after a few steps, an oracle knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from nndl2.checks.compare import as_array, expect_answer, kind_of, shape_text
from nndl2.checks.draw import Draw
from nndl2.checks.fixed import INNER
from nndl2.checks.model import CheckError, Mismatch, NotWritten, StudentError
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Leaf, Odd, Submission, Value

Array = np.ndarray
Batch = tuple[Array, ...]
MINIATURES = "nndl2.probing.miniature."
NEAR = 0.02  # of a learning rate: so far may a weight be off; the nearest mistake is further
FIRST_STEP = (0.5, 1.5)  # of a learning rate: how far Adam's first step leads


def minibatches(draw: Draw, sizes: Sequence[int], labels: int) -> list[Batch]:
    """Images (N, 1, 28, 28) and labels (N,) for each N of `sizes`."""
    return [(draw.uniform(n, 1, 28, 28), draw.whole(n, low=0, high=max(labels, 1))) for n in sizes]


def weights(draw: Draw, nz: int, heads: int, labels: int) -> dict[str, Array]:
    """Weights for a miniature whose encoder gives `heads` numbers for each of nz, by name."""
    out = heads * nz
    return {
        "encoder.inner.weight": draw.normal(out, INNER + labels, scale=0.6),
        "encoder.inner.bias": draw.normal(out, scale=0.3),
        "decoder.inner.weight": draw.normal(INNER, nz + labels, scale=0.6),
        "decoder.inner.bias": draw.normal(INNER, scale=0.3),
    }


def flat(weights: Mapping[str, Array]) -> Array:
    """All weights in one row, float64, in the order in which the miniature has them: what they are
    called does not always come through."""
    return np.concatenate([w.astype(np.float64).ravel() for w in weights.values()])


def trained(
    student: Submission,
    target: str,
    model: Handle,
    start: Mapping[str, Array],
    given: tuple[Sequence[Batch], int, float],
) -> tuple[Array, Value]:
    """The weights after the loop, as `flat` has them, and what it returned.

    `given` are minibatches, epochs and learning rate.
    """
    batches, epochs, rate = given
    student.put(model, start)
    found = student.call(target, model, [*batches], epochs, rate)
    if found is None:
        raise NotWritten(target)
    if isinstance(found, Odd):
        as_array(found, target)  # which says what to return
    return flat(student.weights(model)), found


def expect_weights(got: Array, start: Mapping[str, Array], answer: Answer, rate: float) -> None:
    """The weights are where the oracle's loop leads them, within a fraction of the rate."""
    if not np.isfinite(got).all():
        raise Mismatch(note="after training the weights are no finite numbers")
    near = NEAR * rate
    if answer.right.equal(got, 0, near):
        return
    cause = next((i for i, wrong in answer.mistakes() if wrong.equal(got, 0, near)), "")
    if np.array_equal(got, flat(start)):
        cause = "nothing_trained"
    a, b, _ = answer.right.elements(got)
    off = np.abs(a - b).max() / rate
    note = "" if cause else f"a weight is off by {off:.3g} learning rates"
    expected = "the weights after Adam's steps"
    raise Mismatch(expected, "other weights", note, cause)


def carries_graph(found: Value) -> bool:
    """Whether a tensor in what a loop returned carries its graph."""
    if isinstance(found, (tuple, dict)):
        return any(map(carries_graph, found.values() if isinstance(found, dict) else found))
    return isinstance(found, Leaf) and found.graph


def expect_no_graphs(found: Value, of_own: Callable[[], Value]) -> None:
    """No loss that is kept carries a graph: of the miniature, or else of the own network, whose
    loss may give its terms as numbers."""
    if not carries_graph(found):
        return
    with suppress(CheckError):
        own = of_own()
        if not (own is None or isinstance(own, Odd) or carries_graph(own)):
            return
    note = "each loss that is kept carries the graph of its step"
    raise Mismatch("plain numbers", "tensors with a graph", note, "graph_kept")


def expect_bare_terms(found: Sequence[Array], names: Sequence[str], weight: float) -> None:
    """The terms (2, 1) of one minibatch, before any step, are the same where the model weights the
    second with 1 and with `weight`."""
    bare, other = found
    if np.allclose(bare, other, rtol=1e-3):
        return
    if np.allclose(bare * [[1], [weight]], other, rtol=1e-3):
        raise Mismatch(diagnosis="kl_weighted_in_curve")
    both = " and ".join(names)
    raise Mismatch(
        note=f"{both} of a minibatch are other numbers where the model's beta is another"
    )


def losses(found: Value, what: str = "the list of losses") -> Array:
    """The returned losses (T,) as numbers."""
    if isinstance(found, np.ndarray) and found.ndim == 1:
        return found.astype(np.float64)
    if not isinstance(found, tuple):
        kind = shape_text(found.shape) if isinstance(found, np.ndarray) else kind_of(found)
        cause = "losses_not_listed" if isinstance(found, np.ndarray) else ""
        raise Mismatch("a list of numbers", kind, f"{what} is no list", cause)
    for each in found:
        number = as_array(each, what)
        if number.size != 1:
            note = f"{what} holds more than one number a minibatch"
            raise Mismatch("numbers", shape_text(number.shape), note)
    return np.array([float(np.asarray(each).reshape(())) for each in found])


def curves(found: Value, names: Sequence[str]) -> Array:
    """The returned dict of lists, as rows (len(names), T)."""
    if not isinstance(found, dict):
        cause = "curves_as_tuple" if isinstance(found, tuple) else ""
        raise Mismatch(f"a dict with {', '.join(names)}", kind_of(found), "", cause)
    if lacking := [name for name in names if name not in found]:
        have = ", ".join(found) or "nothing"
        raise Mismatch(f"a dict with {', '.join(names)}", have, f"{lacking[0]} is missing")
    lists = [losses(found[name], name) for name in names]
    if len({len(each) for each in lists}) > 1:
        raise Mismatch("lists of one length", " and ".join(str(len(each)) for each in lists))
    return np.stack(lists)


def expect_losses(got: Array, answer: Answer) -> None:
    """The losses are the oracle's, one a minibatch."""
    if got.shape != answer.right.shape:
        want, have = answer.right.shape[-1], got.shape[-1]
        cause = next((i for i, w in answer.mistakes() if w.equal(got, 1e-3)), "")
        raise Mismatch(f"{want} losses, one a minibatch", f"{have} losses", "", cause)
    expect_answer(got, answer, "the losses", rtol=1e-3)


def works_with_own(
    student: Submission, target: str, own: Callable[[], Handle], batches: Sequence[Batch]
) -> bool:
    """Whether the loop trains the student's own network, though not the course's miniature.

    One minibatch is gone through once: Adam's first step moves a weight by the learning rate,
    whatever its gradient.
    """
    try:
        model = own()
        before = student.weights(model)
        found = student.call(target, model, [*batches[:1]], 1, 0.01)
        if found is None or isinstance(found, Odd):
            return False
        moved = np.concatenate(
            [np.abs(w - before[n]).ravel() for n, w in student.weights(model).items()]
        )
    except CheckError:
        return False
    moved = moved[moved > 0]
    low, high = FIRST_STEP
    return bool(moved.size and low * 0.01 < np.median(moved) < high * 0.01)


def expect_trained(
    student: Submission,
    target: str,
    model: Handle,
    start: Mapping[str, Array],
    given: tuple[Sequence[Batch], int, float],
    own: Callable[[], Handle],
) -> tuple[Array, Value] | None:
    """As `trained`; None where the loop fails with the miniature and trains the own network."""
    try:
        return trained(student, target, model, start, given)
    except StudentError:
        if works_with_own(student, target, own, given[0]):
            return None
        raise
