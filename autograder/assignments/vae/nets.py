"""What the checks of both networks share: sizes, ways to feed a piece, and explaining a chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.assignments.vae import oracle
from autograder.assignments.vae.oracle import Activation, Array, Layers
from nndl2.checks.compare import as_array, close, expect_close, shape_text
from nndl2.checks.model import CheckError, Mismatch, NotWritten, StudentError
from nndl2.checks.submission import Handle, Mode, Submission
from nndl2.checks.vae import Net

HIDDEN = 400
FACTORS = [np.float32(10.0**n) for n in range(0, 31, 3)]
MOST_NAMED = 12  # layers in one sentence
MODES: tuple[Mode, ...] = ("train", "eval")
ENCODER_ACTS = (oracle.relu,) * 3
DECODER_ACTS = (oracle.relu,) * 3 + (oracle.sigmoid,)
OTHER_ACTS: dict[str, Activation] = {
    "leaky_relu": oracle.leaky(0.01),
    "leaky_relu_0.1": oracle.leaky(0.1),
    "leaky_relu_0.2": oracle.leaky(0.2),
    "prelu": oracle.leaky(0.25),
    "tanh_activation": np.tanh,
    "sigmoid_activation": oracle.sigmoid,
    "gelu": oracle.gelu,
    "elu": oracle.elu,
    "silu": lambda a: a * oracle.sigmoid(a),
    "softplus": oracle.softplus,
    "relu6": lambda a: np.clip(a, 0, 6),
}
LAST_ACTS: dict[str, Activation] = {
    "no_sigmoid": oracle.identity,
    "relu_for_sigmoid": oracle.relu,
    "tanh_for_sigmoid": np.tanh,
    "softmax_for_sigmoid": oracle.softmax,
    "two_sigmoids": lambda a: oracle.sigmoid(oracle.sigmoid(a)),
    "relu_before_sigmoid": lambda a: oracle.sigmoid(oracle.relu(a)),
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "clamp_for_sigmoid": lambda a: np.clip(a, 0, 1),
    "softplus_for_sigmoid": oracle.softplus,
    "log_sigmoid": lambda a: -oracle.softplus(-a),
}
HEAD_ACTS: dict[str, Activation] = {
    "relu_on_head": oracle.relu,
    "tanh_on_head": np.tanh,
    "sigmoid_on_head": oracle.sigmoid,
    "softplus_on_head": oracle.softplus,
    "exp_on_head": lambda a: np.exp(np.minimum(a, 50)),
    "leaky_relu_on_head": oracle.leaky(0.01),
}


def encoder_sizes(net: Net) -> list[int]:
    return [net.input_size + net.num_classes, HIDDEN, HIDDEN, HIDDEN]


def decoder_sizes(net: Net) -> list[int]:
    return [net.latent_size + net.num_classes, HIDDEN, HIDDEN, HIDDEN, net.input_size]


def expect_chain(student: Submission, net: Net, target: Handle, sizes: Sequence[int]) -> None:
    """The linear layers of a network's piece run through `sizes`; else both chains are shown."""
    weights = student.weights(target)
    found = oracle.chain(weights)
    if any(oracle.arrangements(weights, sizes)):
        return
    want = Counter(oracle.linear_shapes(sizes))
    have = Counter(w.shape for w in weights.values() if w.ndim == 2)
    lacking, surplus = list((want - have).elements()), list((have - want).elements())
    note = "; ".join(
        f"{text}: {', '.join(f'{into} -> {out}' for out, into in shapes)}"
        for text, shapes in (("a linear layer is missing", lacking), ("one too many", surplus))
        if shapes
    )
    raise Mismatch(
        described(sizes), described(found), note, _chain_diagnosis(net, lacking, surplus)
    )


def described(sizes: Sequence[int]) -> str:
    """784 -> 400 -> 400 -> 15 (2 hidden layers)"""
    hidden = max(len(sizes) - 2, 0)
    return f"{oracle.chain_text(sizes)} ({hidden} hidden layer{'s' * (hidden != 1)})"


def _chain_diagnosis(
    net: Net, lacking: list[tuple[int, int]], surplus: list[tuple[int, ...]]
) -> str:
    square = (HIDDEN, HIDDEN)
    if _fixed_sizes(net) & {size for shape in surplus for size in shape}:
        return "size_hard_coded"
    if lacking and not surplus and set(lacking) == {square}:
        return "hidden_layer_missing"
    if surplus and not lacking:
        return "layer_too_many"
    if net.num_classes and any(s[-1] in (net.input_size, net.latent_size) for s in surplus):
        return "label_not_joined"
    if any(HIDDEN not in s for s in surplus) or len(lacking) == len(surplus) > 1:
        return "other_hidden_size"
    return ""


def _fixed_sizes(net: Net) -> set[int]:
    """Sizes that come of writing 784, 15 or 10 where an argument belongs."""
    d, z, c = net.input_size, net.latent_size, net.num_classes
    fixed = {784, 15, 784 + c, 15 + c, *((d + 10, z + 10) if c else ())}
    return fixed - {d, z, d + c, z + c, HIDDEN}


def forms(net: Net, x: Array, c: Array | None) -> list[Array]:
    """Ways the encoder may be fed: images or rows of pixels; with the label behind or before.

    The last one of a CVAE has no label: whoever left no room for it is told so once.
    """
    rows = x.reshape(len(x), -1)
    if c is None:
        return [x, rows]
    return [*(np.concatenate(pair, axis=1) for pair in ((rows, c), (c, rows))), rows]


def decoder_forms(z: Array, c: Array | None) -> list[Array]:
    """Ways the decoder may be fed: z alone, or with the label behind or before."""
    if c is None:
        return [z]
    return [*(np.concatenate(pair, axis=1) for pair in ((z, c), (c, z))), z]


def answers(
    student: Submission, target: Handle, inputs: Sequence[Array], mode: Mode = "eval"
) -> list[Array]:
    """The outputs of `target` for those of `inputs` it takes, else the first error."""
    found, errors = [], []
    for given in inputs:
        try:
            got = as_array(student.call(target, given, mode=mode), target.name)
            found.append(_as_batch(got, len(given), target.name))
        except (StudentError, Mismatch) as e:
            errors.append(e)
    if not found:
        raise errors[0]
    return found


def _as_batch(got: Array, n: int, name: str) -> Array:
    if got.shape[:1] != (n,) or not got.size:
        note = f"{name} gives no row for each sample"
        raise Mismatch(f"shape ({n}, ...)", shape_text(got.shape), note)
    return got


def expect_mlp(
    student: Submission,
    target: Handle,
    given: Sequence[Array],
    sizes: Sequence[int],
    acts: Sequence[Activation],
    shape: tuple[int, ...],
    *,
    wrong_last: Mapping[str, Activation],
    atol: float = 1e-6,
    rtol: float = 1e-4,
) -> None:
    """`target` computes what its own weights give with the asked activations, in both modes.

    One of the inputs `given` has to reproduce it, for one arrangement of the weights. A piece whose
    layers do not fit the sizes is judged by the check of its chain, not here.
    """
    laid = list(oracle.arrangements(student.weights(target), sizes))
    tried = [t for layers in laid for t in oracle.squares_turned(layers)]
    if not tried:
        raise Mismatch(note=f"the weights of {target.name} do not fit its layers")
    factor = telling_factor(given[0], laid[0], acts, rtol, atol)
    given = [factor * x for x in given]
    for mode in MODES:
        got = answers(student, target, given, mode)
        flat = [g.reshape(len(g), -1) for g in got]
        rows = [x.reshape(len(x), -1) for x in given]
        wants = [oracle.mlp(x, layers, acts) for layers in tried for x in rows]
        hit = next(
            (g for g, f in zip(got, flat) if any(close(f, w, rtol, atol) for w in wants)), None
        )
        if hit is None:
            wrong = _wrong_activations(rows, laid, acts, wrong_last)
            try:
                expect_close(flat[0], wants[0], target.name, mistaken=wrong, rtol=rtol, atol=atol)
            except Mismatch as e:
                if e.diagnosis:
                    raise
                cause = _by_values(flat[0], wants[0], rtol, atol)
                raise _by_layers(student, target, given[0], e, cause) from None
        elif hit.shape != shape:
            raise Mismatch(
                shape_text(shape),
                shape_text(hit.shape),
                f"{target.name} has another shape",
                {2: "no_unflatten", 3: "channel_missing"}.get(hit.ndim, ""),
            )


def telling_factor(
    x: Array, layers: Layers, acts: Sequence[Activation], rtol: float, atol: float
) -> np.float32:
    """By how much `x` has to grow until each activation makes a difference, or as many as can.

    Small weights beside large biases keep every ReLU open, and a sigmoid straight.
    """
    rows = x.reshape(len(x), -1)
    others: dict[Activation, Activation] = {oracle.relu: oracle.identity}
    others[oracle.sigmoid] = lambda a: 0.5 + a / 4
    at = [k for k, act in enumerate(acts) if act in others]

    def unseen(factor: np.float32) -> int:
        grown = factor * rows
        right = oracle.mlp(grown, layers, acts)
        wrong = (oracle.mlp(grown, layers, _swap(acts, [k], others[acts[k]])) for k in at)
        return sum(close(w, right, rtol, atol) for w in wrong)

    if not unseen(FACTORS[0]):
        return FACTORS[0]
    return min(FACTORS, key=unseen)


def _by_values(got: Array, want: Array, rtol: float, atol: float) -> str:
    """What the values alone show: rows that do not depend on the input, or a range cut off."""
    if got.shape == want.shape and np.isfinite(got).all():
        if close(got, np.broadcast_to(got[:1], got.shape)):
            return "input_ignored"
        if close(got, want.clip(got.min(), got.max()), rtol, atol):
            return "range_cut"
    return ""


def _by_layers(student: Submission, target: Handle, x: Array, e: Mismatch, cause: str) -> Mismatch:
    """The Mismatch with the layers that were seen at work, and what is foreign among them."""
    try:
        kinds = [layer.kind for layer in student.layers(target, x)]
    except CheckError:
        return Mismatch(e.expected, e.got, e.note, cause)
    foreign = {"Dropout": "dropout", "Norm": "normalisation"}
    seen = next((i for word, i in foreign.items() for kind in kinds if word in kind), "")
    note = f"{e.note}; its layers: {', '.join(kinds[:MOST_NAMED])}" if kinds else e.note
    return Mismatch(e.expected, e.got, note, cause or seen)


def _wrong_activations(
    rows: Sequence[Array],
    laid: Sequence[Layers],
    acts: Sequence[Activation],
    wrong_last: Mapping[str, Activation],
) -> Callable[[], Iterator[tuple[str, Array]]]:
    hidden = [i for i, act in enumerate(acts) if act is oracle.relu]

    def variants() -> Iterator[tuple[str, list[Activation]]]:
        for name, last in wrong_last.items():
            yield name, [*acts[:-1], last]
        yield "no_relu", [oracle.identity if i in hidden else a for i, a in enumerate(acts)]
        for k in hidden:
            yield f"no_relu_{_place(k, len(hidden))}", _swap(acts, [k], oracle.identity)
        for name, other in OTHER_ACTS.items():
            yield name, _swap(acts, hidden, other)
        for name, other in OTHER_ACTS.items():
            for k in hidden:
                yield f"{name}_once", _swap(acts, [k], other)

    def outputs() -> Iterator[tuple[str, Array]]:
        for name, chosen in variants():
            for layers in laid:
                for x in rows:
                    yield name, oracle.mlp(x, layers, chosen)

    return outputs


def _swap(acts: Sequence[Activation], at: Sequence[int], other: Activation) -> list[Activation]:
    return [other if i in at else act for i, act in enumerate(acts)]


def _place(k: int, n: int) -> str:
    return "last" if k == n - 1 else f"after_{k + 1}"


def expect_different_units(student: Submission, target: Handle) -> None:
    """No hidden layer starts with all its units alike: they would stay alike for ever."""
    for weight in student.weights(target).values():
        if (
            weight.ndim == 2
            and weight.shape[0] == HIDDEN
            and not np.ptp(weight.astype(float), axis=0).any()
        ):
            note = f"all units of a hidden layer of {target.name} start with the same weights"
            raise Mismatch(note=note, diagnosis="units_alike")


def expect_gradients(student: Submission, target: Handle, given: Sequence[Array]) -> None:
    """Every parameter of `target` gets a gradient from its output."""
    errors: list[CheckError] = []
    for x in given:
        try:
            by = student.gradients(target, x, wrt="parameters").by
        except StudentError as e:
            errors.append(e)
            continue
        without = [name for name, g in by.items() if g is None]
        if without:
            note = f"no gradient reaches {', '.join(without[:4])} of {target.name}"
            raise Mismatch(note=note, diagnosis="no_gradient")
        if by and not any(g.any() for g in by.values() if g is not None):
            note = f"all gradients of {target.name} are zero"
            raise Mismatch(note=note, diagnosis="no_gradient")
        return
    if errors:
        raise errors[0]
    raise NotWritten(target.name)
