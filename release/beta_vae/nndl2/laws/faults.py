"""What is told of a chain of layers that is not the asked one: the first layer that differs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nndl2.checks.model import Mismatch
from nndl2.checks.submission import Layer
from nndl2.laws.maps import CONVOLUTION, LINEAR, TRANSPOSED, Chain, Shape, Stage, by_sizes, told
from nndl2.laws.placing import is_matrix

KINDS = {"Conv2d": CONVOLUTION, "ConvTranspose2d": TRANSPOSED, "Linear": LINEAR}
USUAL = (*KINDS, "ReLU", "Sigmoid", "Flatten", "Unflatten", "Identity")
OF_LINEAR = ("other_linear_size", "size_hard_coded")
Fixed = Mapping[str, int]  # a kind of layer: a size that was written in place of an argument


def difference(
    chain: Chain, seen: Sequence[Layer], shapes: Mapping[str, Shape], fixed: Fixed
) -> Mismatch:
    """The chain that was asked for, the one that was found, and where they part.

    `seen` are the layers at work, `shapes` those of the parameters that gradients reach; a layer
    that has its `fixed` size has it hard-coded.
    """
    own = {name.rpartition(".")[0]: shape for name, shape in shapes.items() if "weight" in name}
    layers = [layer for layer in seen if layer.kind in KINDS and layer.path in own]
    foreign = [layer.kind for layer in seen if layer.kind not in USUAL]
    if not layers:
        return _of_weights(chain, shapes)
    maps = [layers[0].in_shape[1:], *(layer.out_shape[1:] for layer in layers)]
    found = [(KINDS[layer.kind], own[layer.path], layer.out_shape[1:]) for layer in layers]
    diagnosis, note = _first(chain, found, layers, fixed)
    if diagnosis == "chain_too_short":
        diagnosis, note = _missing(chain, layers, _idle(chain, layers, seen), note)
    if diagnosis in ("", *OF_LINEAR) and any("Pool" in kind for kind in foreign):
        diagnosis = "pooled"  # which changes the sizes of the layer behind it
    note += f"; it also holds {', '.join(dict.fromkeys(foreign))}" if foreign else ""
    return Mismatch(str(chain), told(maps), note, diagnosis)


def _idle(chain: Chain, layers: Sequence[Layer], seen: Sequence[Layer]) -> list[str]:
    """The kinds of layers that are at work in vain, of those that are too few; a layer that gives
    what the chain ends in belongs to another output."""
    kinds = [KINDS[layer.kind] for layer in layers]
    lacking = {s.kind for s in chain.stages if kinds.count(s.kind) < _count(chain, s.kind)}
    others = [each for each in seen if each.kind in KINDS and each not in layers]
    end = chain.maps[-1]
    return [KINDS[o.kind] for o in others if KINDS[o.kind] in lacking and o.out_shape[1:] != end]


def _count(chain: Chain, kind: str) -> int:
    return sum(stage.kind == kind for stage in chain.stages)


def _missing(
    chain: Chain, layers: Sequence[Layer], idle: Sequence[str], note: str
) -> tuple[str, str]:
    """For a layer that is missing: it may be there and get no gradient, or the model may not know
    it, so that the sizes of its neighbours do not fit."""
    if idle:
        return "no_gradient", f"a {idle[0]} is at work, but no gradient reaches it"
    ends = [math.prod(layer.out_shape[1:]) for layer in layers], math.prod(chain.maps[-1])
    gives = [math.prod(chain.takes), *ends[0]]
    takes = [*(math.prod(layer.in_shape[1:]) for layer in layers), ends[1]]
    if gives == takes:
        return "chain_too_short", note
    return "layer_hidden", note.replace("is missing", "is not among the model's layers")


def _of_weights(chain: Chain, shapes: Mapping[str, Shape]) -> Mismatch:
    """The same by the shapes of the weights alone, where no layer is a module."""
    have = [shape for shape in shapes.values() if is_matrix(shape, chain)]
    want, got = (", ".join(map(by_sizes, those)) or "none" for those in (chain.weights, have))
    return Mismatch(f"weights of {want}", f"weights of {got}", f"the chain is {chain}")


Found = tuple[str, Shape, Shape]  # kind, weight, and what it gives


def _first(
    chain: Chain, found: Sequence[Found], layers: Sequence[Layer], fixed: Fixed
) -> tuple[str, str]:
    """The misconception and the sentence for the first layer that is not as asked."""
    asked = [
        (stage.kind, weight, stage.gives) for stage, weight in zip(chain.stages, chain.weights)
    ]
    pairs = zip(asked, found)
    same = (w[:2] == g[:2] and _alike(w[2], g[2]) for w, g in pairs)
    at = next((k for k, is_same in enumerate(same) if not is_same), min(len(asked), len(found)))
    if at == len(asked) == len(found):
        return "", ""
    if at == len(asked) and layers[at].in_shape == layers[at - 1].in_shape:
        return "heads_mixed", f"{len(found) - at + 1} layers side by side lead to it"
    if len(asked) != len(found) or asked[at][0] != found[at][0]:
        return _by_kind(asked, found, at)
    name, text = _by_sizes(chain, at, found[at], layers[at].in_shape[1:], fixed)
    return name, f"layer {at + 1}, a {asked[at][0]}, {text}"


def _alike(want: Shape, got: Shape) -> bool:
    return want == got or (len(got) == 1 and math.prod(want) == math.prod(got))


def _by_kind(asked: Sequence[Found], found: Sequence[Found], at: int) -> tuple[str, str]:
    """For a layer of another kind, or one that is missing or too many."""
    if len(found) < len(asked):
        missing = asked[at]
        return "chain_too_short", f"a {missing[0]} to {by_sizes(missing[2])} is missing"
    if len(found) > len(asked):
        more = found[at]
        return "chain_too_long", f"layer {at + 1}, a {more[0]} to {by_sizes(more[2])}, is one more"
    kinds = asked[at][0], found[at][0]
    diagnosis = "other_convolution" if LINEAR not in kinds else ""
    return diagnosis, f"layer {at + 1} is a {kinds[1]} and no {kinds[0]}"


def _by_sizes(chain: Chain, at: int, found: Found, takes: Shape, fixed: Fixed) -> tuple[str, str]:
    """For a layer of the right kind."""
    kind, got, gives = found
    want, asked = chain.weights[at], chain.maps[at : at + 2]
    sides = set(got[:2]) - set(want[:2])
    if fixed.get(kind) in sides & {*takes, *gives}:
        return "size_hard_coded", f"has a side of {fixed[kind]}"
    if kind == LINEAR:
        ends = f"leads from {got[1]} to {got[0]} and not from {want[1]} to {want[0]}"
        return "other_linear_size", ends
    if got[2:] != want[2:]:
        return "other_kernel", f"has a kernel of {by_sizes(got[2:])}, not {by_sizes(want[2:])}"
    if set(got[:2]) != {takes[0], gives[0]}:
        return "grouped", f"has a weight of {by_sizes(got)} and not {by_sizes(want)}"
    if sides:
        both = f"leads from {takes[0]} to {gives[0]} channels"
        return "other_channels", f"{both} and not from {asked[0][0]} to {asked[1][0]}"
    text = f"gives {by_sizes(gives)} and not {by_sizes(asked[1])}"
    return _by_map(chain.stages[at], gives[-1]), text


def _by_map(stage: Stage, got: int) -> str:
    """What makes the map of a convolution another: a step halves or doubles it, nearly; a kernel
    that is spread out takes more of its edge."""
    want = stage.gives[-1]
    if not 0.7 < got / want < 1.5:
        return "strided"
    spread = (got < want) is (stage.kind == CONVOLUTION)
    return "dilated" if spread and not stage.padding else "padded"
