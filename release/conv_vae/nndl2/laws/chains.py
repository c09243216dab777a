"""Laws of a piece that is a chain of linear layers: which sizes it runs through.

784 -> 400 -> 15 is a chain of two layers. What follows each layer is `values`' business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import combinations, pairwise

import numpy as np

from nndl2.checks.model import CheckError, Mismatch, NotWritten, StudentError
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Odd, Submission, Value
from nndl2.laws.planting import arrangements, spare

Array = np.ndarray
Fed = Array | tuple[Array, ...]  # what goes into a piece
Shape = tuple[int, ...]
MOST_NAMED = 12  # layers in one sentence
LINEAR = ("Linear", "LazyLinear")
USUAL = (*LINEAR, "ReLU", "Sigmoid", "Flatten", "Unflatten", "Identity")


def arguments(given: Fed) -> tuple[Array, ...]:
    """What a piece is called with: one array, or several."""
    return given if isinstance(given, tuple) else (given,)


def kinds(student: Submission, target: Handle, fed: Sequence[Fed]) -> list[str]:
    """The kinds of layers that are seen at work in a piece."""
    for given in fed:
        with suppress(CheckError):
            return [layer.kind for layer in student.layers(target, *arguments(given))][:MOST_NAMED]
    return []


def _repeats(student: Submission, target: Handle, fed: Sequence[Fed]) -> bool:
    """Whether a layer with weights is at work more than once in one pass."""
    for given in fed:
        with suppress(CheckError):
            seen = student.layers(target, *arguments(given))
            paths = [layer.path for layer in seen if layer.kind in LINEAR]
            return len({*paths}) < len(paths)
    return False


def shapes_of(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """The shapes (out, in) of the weights between layers of these sizes."""
    return [(out, into) for into, out in pairwise(sizes)]


def described(sizes: Sequence[int]) -> str:
    """784 -> 400 -> 400 -> 15 (2 hidden layers)"""
    hidden = max(len(sizes) - 2, 0)
    chain = " -> ".join(map(str, sizes)) or "no linear layer"
    return f"{chain} ({hidden} hidden layer{'s' * (hidden != 1)})"


def settled(student: Submission, target: Handle, fed: Sequence[Fed]) -> dict[str, Array]:
    """The weights of a piece, without their numbers, after it was called once: lazy layers have
    none before.

    NotWritten where there are none and None comes back, whatever code that comes of.
    """
    got: Value = ()
    for given in fed:
        with suppress(StudentError):
            got = student.call(target, *arguments(given))
            break
    weights = student.weights(target, numbers=False)
    if not weights and (got is None or (isinstance(got, Odd) and got.kind == "None")):
        raise NotWritten(target.name.removesuffix(".forward"))
    return weights


def expect_count(
    student: Submission,
    target: Handle,
    fed: Sequence[Fed],
    answer: Answer,
    what: str,
    sizes: Sequence[int] = (),
) -> None:
    """A piece has as many parameters as the oracle says, to the digit; of a layer of the chain of
    `sizes` that is written as two the second bias is let pass."""
    weights = settled(student, target, fed)
    got = sum(w.size for w in weights.values()) - spare(weights, shapes_of(sizes))
    if got == answer.right.array:
        return
    diagnosis = next((i for i, n in answer.mistakes() if n.array == got), "")
    want = int(answer.right.array)
    note = "" if diagnosis else f"the number of {what} differs"
    raise Mismatch(f"{want:,}", f"{got:,}", note, diagnosis)


def expect_chain(
    student: Submission,
    target: Handle,
    fed: Sequence[Fed],
    sizes: Sequence[int],
    telling: Mapping[str, Sequence[int]],
) -> None:
    """The linear layers of a piece run through `sizes`; else both chains are shown.

    `telling` names sizes that stand for a misconception where a layer has one of them.
    """
    weights = settled(student, target, fed)
    if any(arrangements(weights, shapes_of(sizes))):
        return
    want = Counter(shapes_of(sizes))
    have = Counter(w.shape for w in weights.values() if w.ndim == 2)
    lacking, surplus = list((want - have).elements()), list((have - want).elements())
    diagnosis, note = _difference(sizes, lacking, surplus, telling)
    if diagnosis == "hidden_layer_missing" and _repeats(student, target, fed):
        diagnosis = "layer_used_twice"
    if foreign := [kind for kind in kinds(student, target, fed) if kind not in USUAL]:
        note += f"; it also holds {', '.join(dict.fromkeys(foreign))}"
    raise Mismatch(described(sizes), described(_chain(weights)), note, diagnosis)


def _hidden(sizes: Sequence[int]) -> set[int]:
    """The sizes of a chain that are no argument's: its inner ones, and the wider end of a head."""
    return set(sizes[1:-1]) or {max(sizes)}


def _chain(weights: Mapping[str, Array]) -> list[int]:
    """The sizes that the matrices run through, in the order they were registered."""
    shapes = [w.shape for w in weights.values() if w.ndim == 2]
    return [shapes[0][1], *(out for out, _ in shapes)] if shapes else []


def _difference(
    sizes: Sequence[int],
    lacking: Sequence[Shape],
    surplus: Sequence[Shape],
    telling: Mapping[str, Sequence[int]],
) -> tuple[str, str]:
    """The misconception and the sentence for layers that are lacking and too many."""
    told = "; ".join(
        f"{text}: {', '.join(f'{into} -> {out}' for out, into in shapes)}"
        for text, shapes in (("a linear layer is missing", lacking), ("one too many", surplus))
        if shapes
    )
    inner, found = set(sizes[1:-1]), {size for shape in surplus for size in shape}
    if any(_in_pieces(shape, surplus) for shape in lacking):
        return "", told
    for name, numbers in telling.items():
        if found & set(numbers) - set(sizes):
            return name, told
    if not inner and [*surplus] == [(sizes[-1],) * 2]:
        return "head_takes_latent", told
    if lacking and not surplus and all(set(shape) <= inner for shape in lacking):
        return "hidden_layer_missing", told
    if len(surplus) == 1 < len(lacking) and _skips(surplus[0], lacking):
        return "hidden_layer_missing", told
    if surplus and not lacking:
        return "layer_too_many", told
    foreign, missed = found - set(sizes), {s for shape in lacking for s in shape} - found
    if len(lacking) == len(surplus) and len(foreign) == len(missed) == 1:
        told = f"a width of {min(foreign)} instead of {min(missed)}"
        if missed & _hidden(sizes):
            return "other_hidden_size", told
        return ("" if _follows(min(foreign), min(missed)) else "size_hard_coded"), told
    if any(not set(shape) & inner for shape in surplus) or len(lacking) == len(surplus) > 1:
        return "other_hidden_size", told
    return "", told


def _in_pieces(shape: Shape, surplus: Sequence[Shape]) -> bool:
    """Whether a layer is there in two, side by side."""
    return any(
        a[0] == b[0] == shape[0] and a[1] + b[1] == shape[1] for a, b in combinations(surplus, 2)
    )


def _follows(size: int, asked: int) -> bool:
    """Whether a size is made of the one that is asked for, so that it is no number as it stands."""
    return abs(size - asked) == 1 or size == 2 * asked or asked == 2 * size


def _skips(one: Shape, lacking: Sequence[Shape]) -> bool:
    """Whether a layer leads from where the chain of those that are lacking begins to its end."""
    begins = {into for _, into in lacking} - {out for out, _ in lacking}
    ends = {out for out, _ in lacking} - {into for _, into in lacking}
    return {one[1]} == begins and {one[0]} == ends


def expect_default(
    student: Submission, bare: Handle, told: Callable[[], Handle], fed: Sequence[Array], size: int
) -> None:
    """A piece of a network that was built without some of its sizes has a side of `size`, as the
    same piece has where it was `told` the size; where it has not, that is told elsewhere."""

    def has(piece: Handle) -> bool:
        return any(w.ndim == 2 and size in w.shape for w in settled(student, piece, fed).values())

    if not has(bare) and has(told()):
        found = described(_chain(student.weights(bare, numbers=False)))
        raise Mismatch(f"a side of {size}", found, "__init__ has another default")
