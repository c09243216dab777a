"""Laws of a network that gives a posterior and a reconstruction, {"q", "rec"}, by its own pieces.

q (N, 2 Z) holds two numbers for each latent dimension; what the network makes of them shows when
its decoder lets its input through. What they mean, an oracle knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from nndl2.checks.compare import as_array, close, expect_close, expect_shape, kind_of, shape_text
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch, NotRun, NotWritten, StudentError
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Mode, Submission, Value
from nndl2.laws import gradients, noise, samplers
from nndl2.laws.straight import fix_output, let_through, seen, spread_output, without_label
from nndl2.laws.values import by_image, decoded, expect_images, outputs, rows

Array = np.ndarray
MODES: tuple[Mode, ...] = ("train", "eval")
MANY = 3_000  # images of which moments are taken, where the decoder does not let through
IN_TURN = 1_000  # of each of two images


@dataclass(frozen=True)
class Posterior:
    """A built network with inputs: rows of pixels x (N, D), and labels c (N,) where it takes some.

    hidden: the widths between a sample and the pixels in its decoder; labels: how many there are.
    """

    student: Submission
    model: Handle
    nz: int
    x: Array
    hidden: Sequence[int]
    c: Array | None = None
    labels: int = 0

    @property
    def inputs(self) -> list[Array]:
        return [self.x] if self.c is None else [self.x, self.c]

    @property
    def decoder_sizes(self) -> list[int]:
        return [self.nz + self.labels, *self.hidden, self.x.shape[1]]

    def usable(self) -> bool:
        """Whether the own pieces take these sizes."""
        try:
            fits = self.encoded().shape == (len(self.x), 2 * self.nz)
            self.decoded(np.zeros((len(self.x), self.nz)))
        except CheckError:
            return False
        return fits

    @property
    def mode(self) -> Mode:
        """The mode in which to ask: eval where the own pieces do in train mode what they do not
        there, such as dropout, which is told of them."""
        z = np.linspace(-2, 2, len(self.x) * self.nz).reshape(len(self.x), self.nz)
        pairs = [[ask(mode) for mode in MODES] for ask in (self.encoded, partial(self.decoded, z))]
        return "train" if all(close(a, b) for a, b in pairs) else "eval"

    def at(self, places: Array) -> Posterior:
        """The same with the images at these places."""
        return replace(self, x=self.x[places], c=None if self.c is None else self.c[places])

    def many(self, n: int) -> Posterior:
        """The same with its first image n times, and labels that take turns."""
        c = None if self.c is None else np.resize(self.c, n)
        return replace(self, x=np.repeat(self.x[:1], n, axis=0), c=c)

    def outputs(self, **how: Any) -> dict[str, Value]:
        """What forward gives, as a dict with "q" and "rec"."""
        value = self.student.call(self.model, *self.inputs, **how)
        if value is None:
            raise NotWritten(self.model.name, returned=True)
        if not isinstance(value, dict):
            cause = "outputs_as_tuple" if isinstance(value, tuple) else ""
            raise Mismatch("a dict with q and rec", kind_of(value), "", cause)
        if lacking := [name for name in ("q", "rec") if name not in value]:
            text = f"forward gives no {lacking[0]}"
            raise Mismatch("a dict with q and rec", ", ".join(value) or "an empty dict", text)
        return value

    def arrays(self, **how: Any) -> tuple[Array, Array]:
        """q and rec of a pass."""
        found = self.outputs(**how)
        return as_array(found["q"], "q"), by_image(as_array(found["rec"], "rec"), len(self.x))

    def encoded(self, mode: Mode = "eval") -> Array:
        """What the own encoder makes of the inputs."""
        return outputs(self.student, self.model.part("encoder"), [tuple(self.inputs)], mode)[0]

    def decoded(self, z: Array, mode: Mode = "eval") -> Array:
        """What the own decoder makes of z (N, Z), with the labels where there are some."""
        given = [z.astype(np.float32)] if self.c is None else [z.astype(np.float32), self.c]
        decoder = self.model.part("decoder")
        return decoded(self.student, decoder, given, mode)


def expect_outputs(net: Posterior) -> None:
    """q is (N, 2 Z) and rec has the shape that the own decoder gives."""
    found, n = net.outputs(), len(net.x)
    q = as_array(found["q"], "q")
    if q.shape == (n, net.nz) and net.encoded().shape == (n, 2 * net.nz):
        raise Mismatch(shape_text((n, 2 * net.nz)), shape_text(q.shape), "", "half_of_q")
    expect_shape(q, (n, 2 * net.nz), "q", "(N, 2 nz)")
    own = net.decoded(np.zeros((n, net.nz)))
    if own.shape == (n, 1, net.x.shape[1]):  # else the decoder is told
        rec = as_array(found["rec"], "rec")
        cause = "axis_missing" if rec.shape == rows(own).shape else ""
        if rec.shape != own.shape:
            raise Mismatch(shape_text(own.shape), shape_text(rec.shape), "rec", cause)


def expect_encoded(net: Posterior) -> None:
    """q is what the own encoder makes of the images."""
    own, (q, _) = net.encoded(), net.arrays(mode="eval")
    if all(close(h, own[0]) for h in own):
        return  # an encoder that ignores the image is told elsewhere
    wrong = {"q_halves_swapped": np.roll(own, net.nz, axis=1), "relu_on_head": np.maximum(own, 0)}
    expect_close(q, own, "q", mistaken=wrong)


def expect_sampled(net: Posterior, draw: Draw, levels: tuple[Array, Array], law: Answer) -> None:
    """What is decoded is drawn from the posterior: for an encoder that gives `levels`, the numbers
    that a straight decoder shows are shifted and scaled noise, as the oracle says."""
    rows_drawn, mode = draw.one_of(samplers.RUNS) * samplers.LEVELS, net.mode
    if not _fixed(net, levels):
        _expect_two_passes_to_differ(net, mode)
    elif let_through(net.student, net.model.part("decoder"), net.decoder_sizes, net.labels):
        many = net.many(rows_drawn)
        _, rec = many.arrays(seed=draw.seed(), mode=mode)
        z = _sample_of(many, rec)
        samplers.expect_law(z, law, samplers.alike)
        noise.expect_independent(z - z.mean(0))
    else:
        _expect_moments(net.many(MANY), draw, law, mode)


def _fixed(net: Posterior, levels: tuple[Array, Array]) -> bool:
    """Whether the encoder gives `levels` now, whatever the image."""
    both = np.concatenate(levels)
    if not fix_output(net.student, net.model.part("encoder"), both):
        return False
    try:
        return close(net.encoded(), np.broadcast_to(both, (len(net.x), len(both))))
    except CheckError:
        return False


def _sample_of(net: Posterior, rec: Array) -> Array:
    """The sample that a straight decoder was given; its label must be that of the image."""
    shown = seen(rec, net.nz + net.labels)
    if net.c is None:
        return shown
    note = "the decoder does not get the label of the image"
    return without_label(shown, np.eye(net.labels)[net.c], note)


def _expect_two_passes_to_differ(net: Posterior, mode: Mode) -> None:
    """Where nothing is known of q: two passes differ, and that is all that can be said."""
    twice = [rows(net.arrays(mode=mode)[1]).ravel() for _ in "ab"]
    if not noise.varies(np.stack(twice)):
        raise Mismatch(note="two passes give the same rec: no sample is drawn")


def _expect_moments(net: Posterior, draw: Draw, law: Answer, mode: Mode) -> None:
    """rec has the moments of what the own decoder makes of samples of the oracle's law."""
    _, rec = net.arrays(seed=draw.seed(), mode=mode)
    shift, scale = law.right.array
    own = rows(net.decoded(shift + scale * draw.normal(len(net.x), net.nz)))
    if not noise.same_images(rows(rec), own, draw):
        note = "rec is drawn, but not from samples of the posterior"
        raise Mismatch(note=note, diagnosis="sample_of_another_law")


def expect_noise(net: Posterior, levels: tuple[Array, Array]) -> None:
    """Every pass draws anew, in both modes, and each image for itself."""
    modes = MODES if net.mode == "train" else MODES[1:]
    _fixed(net, levels)
    let_through(net.student, net.model.part("decoder"), net.decoder_sizes, net.labels)
    for mode in modes:
        first, second = (rows(net.arrays(mode=mode)[1]) for _ in "ab")
        if close(first, second):
            note = f"in {mode} mode two passes give the same rec"
            cause = f"no_sample_in_{mode}_mode" if mode == "eval" else "noise_repeated"
            raise Mismatch(note=note, diagnosis=cause)


def expect_own_rows(net: Posterior, draw: Draw) -> None:
    """What is decoded for an image is drawn from its own posterior, whatever else is in the batch:
    two images that take turns have the moments that each has alone."""
    encoder, decoder, mode = net.model.part("encoder"), net.model.part("decoder"), net.mode
    if not spread_output(net.student, encoder, net.encoded()):
        return
    if not let_through(net.student, decoder, net.decoder_sizes, net.labels):
        return
    both, *alone = (
        net.at(np.resize(places, IN_TURN * len(places))) for places in ((0, 1), (0,), (1,))
    )
    if not close(both.encoded()[:2], np.stack([each.encoded()[0] for each in alone])):
        return  # an encoder that looks at other rows is told elsewhere
    z, *own = (
        _sample_of(each, each.arrays(seed=draw.seed(), mode=mode)[1]) for each in (both, *alone)
    )
    if not all(noise.same_moments(z[k::2], own[k]) for k in (0, 1)):
        note = "what is decoded for an image depends on the others in the batch"
        raise Mismatch(note=note, diagnosis="numbers_of_another_image")


def expect_gradients(net: Posterior) -> None:
    """Gradients of rec reach encoder and decoder, those of q the encoder."""
    named = gradients.names_of(net.student, net.model, ("encoder", "decoder"))
    for pick, pieces in (("rec", ("encoder", "decoder")), ("q", ("encoder",))):
        found = net.student.gradients(
            net.model, *net.inputs, wrt="parameters", pick=pick, numbers=False
        )
        for piece in pieces:
            names = named[piece]
            lost = bool(names) and not any(_arrives(found.by.get(name)) for name in names)
            if (pick, piece) == ("rec", "encoder") and not _passes(net):
                continue  # which is told of the decoder
            if lost and _learns(net, piece):
                note = f"no gradient of {pick} reaches {piece}"
                raise Mismatch(note=note, diagnosis="forward_detached")
    _expect_gradients_of_both(net, named["encoder"])


def _expect_gradients_of_both(net: Posterior, names: Sequence[str]) -> None:
    """Where gradients of rec reach one half of what the encoder gives, they reach the other: the
    biases of its last layer tell."""
    found = net.student.gradients(net.model, *net.inputs, wrt="parameters", pick="rec").by
    for slope in (found.get(name) for name in names):
        if slope is None or not slope.size == max(slope.shape) == 2 * net.nz:
            continue
        mean, spread = (half.any() for half in np.split(slope.ravel(), 2))
        if mean != spread:
            note = f"no gradient of rec reaches {'the log sigmas' if mean else 'the means'}"
            raise Mismatch(note=note, diagnosis="forward_detached")


def _learns(net: Posterior, piece: str) -> bool:
    """Whether a piece passes gradients on to its parameters when it is asked alone."""
    z = np.ones((len(net.x), net.nz), np.float32)
    given = net.inputs if piece == "encoder" else [z, *net.inputs[1:]]
    try:
        asked = net.model.part(piece)
        by = net.student.gradients(asked, *given, wrt="parameters", numbers=False).by
    except CheckError:
        return False
    return any(map(_arrives, by.values()))


def _arrives(gradient: Array | None) -> bool:
    """Whether a gradient is there and not all zeros, which torch.normal gives."""
    return gradient is not None and bool(gradient.any())


def _passes(net: Posterior) -> bool:
    """Whether the own decoder passes gradients on to what it decodes."""
    z = np.ones((len(net.x), net.nz), np.float32)
    try:
        decoder = net.model.part("decoder")
        return net.student.gradients(decoder, z, *net.inputs[1:], wrt=(0,)).by["0"] is not None
    except CheckError:
        return False


def work(net: Posterior, apart: Mapping[str, Handle]) -> bool:
    """Whether the pieces that are built `apart` take what the network's are given."""
    z = np.zeros((len(net.x), net.nz), np.float32)
    given = {"encoder": net.inputs, "decoder": [z, *net.inputs[1:]]}
    try:
        for name, piece in apart.items():
            outputs(net.student, piece, [tuple(given[name])])
    except CheckError:
        return False
    return True


def expect_sizes(student: Submission, model: Handle, apart: Mapping[str, Handle]) -> None:
    """A network that is told its sizes has pieces with as many weights as the same pieces that are
    built `apart`: whether these heed their sizes is told of them."""
    for name, piece in apart.items():
        own, alone = (
            sum(w.size for w in student.weights(each, numbers=False).values())
            for each in (model.part(name), piece)
        )
        if own != alone:
            note = f"the network's {name} does not have the sizes that the network is told"
            raise Mismatch(note=note, diagnosis="size_hard_coded")


def expect_labels_heeded(net: Posterior, apart: Mapping[str, Handle]) -> None:
    """The network's own pieces heed the label where the same pieces heed it that are built
    `apart`: whether they do at all is told of them."""
    for name, piece in apart.items():
        if _heeds(net, name, piece) and not _heeds(net, name, net.model.part(name)):
            note = f"what the network's {name} gives does not depend on the label"
            raise Mismatch(note=note, diagnosis=f"label_lost_in_{name}")


def _heeds(net: Posterior, name: str, piece: Handle) -> bool:
    n = len(net.x)
    fed = net.x if name == "encoder" else np.ones((n, net.nz), np.float32)
    try:
        first, second = (
            outputs(net.student, piece, [(fed, np.full(n, c, np.int64))])[0] for c in (0, 1)
        )
    except CheckError:
        return False
    return not close(first, second)


def _two_numbers(net: Posterior) -> Array:
    """q (N, 2 Z) of the own encoder, where it gives as much."""
    q = net.encoded()
    if q.shape != (len(net.x), 2 * net.nz):
        raise NotRun("needs an encoder that gives two numbers for each latent dimension first")
    return q


def expect_reconstruction(net: Posterior, target: Handle, shape: tuple[int, ...]) -> None:
    """The target decodes the first half of q, draws nothing, and gives images of `shape`."""
    try:
        value = net.student.call(target, *net.inputs, mode="eval")
    except StudentError:
        with suppress(StudentError):
            _two_numbers(net)
        raise
    q = _two_numbers(net)
    mean, spread = (rows(net.decoded(half)) for half in (q[:, : net.nz], q[:, net.nz :]))
    got = as_array(value, target.name)
    if got.shape[:1] != (len(net.x),):
        cause = "batch_cut" if got.shape[:1] == (min(net.nz, len(net.x)),) else ""
        cause = "batch_axis_squeezed" if len(net.x) == 1 and got.size == mean.size else cause
        raise Mismatch(shape_text(shape), shape_text(got.shape), "N differs", cause)
    again = as_array(net.student.call(target, *net.inputs, mode="eval"), target.name)
    if got.size == mean.size and not close(got, again):
        note = "two calls give different images"
        raise Mismatch(note=note, diagnosis="reconstruction_draws")
    expect_images(got, shape, target.name, f"(N, {', '.join(map(str, shape[1:]))})")
    wrong = {"log_sigma_decoded": spread}
    if net.c is not None:
        wrong["one_label_for_all"] = rows(replace(net, c=0 * net.c).decoded(q[:, : net.nz]))
    expect_close(rows(got), mean, target.name, mistaken=wrong)
