"""The laws of convolutions on small networks that are no assignment's: each holds, and can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from autograder.oracles import Computed
from autograder.oracles import convolutions as formulas
from autograder.oracles import traversals as walks
from autograder.oracles.activations import FOR_NOTHING, FOR_SIGMOID, identity, relu, sigmoid
from nndl2.checks.draw import Draw
from nndl2.checks.local import Local
from nndl2.checks.model import Mismatch, NotRun
from nndl2.laws import convolutions, gradients, traversals
from nndl2.laws.convolutions import Piece
from nndl2.laws.maps import CONVOLUTION, LINEAR, TRANSPOSED, Chain, Layer, Stage
from nndl2.laws.methods import Methods, expect_gradients_through

SOURCE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(2, 5, 3, stride=2, padding=1)
        self.b = nn.Conv2d(5, 5, 3, stride=2, padding=1)
        self.mean, self.spread = nn.Linear(5 * 3 * 2, 4), nn.Linear(5 * 3 * 2, 4)
        self.up = nn.Linear(4, 5 * 3 * 2)
        self.c = nn.ConvTranspose2d(5, 5, 4, stride=2, padding=1)
        self.d = nn.ConvTranspose2d(5, 2, 4, stride=2, padding=1)

    def see(self, x):
        h = torch.relu(self.b(torch.relu(self.a(x)))).flatten(1)
        return self.mean(h), self.spread(h)

    def draw(self, mean, spread):
        return mean + spread * torch.randn_like(mean)

    def show(self, z):
        h = torch.relu(self.up(z)).view(-1, 5, 3, 2)
        return torch.sigmoid(self.d(torch.relu(self.c(h))))

    def forward(self, x):
        mean, spread = self.see(x)
        return self.show(self.draw(mean, spread)), mean, spread


def walk(net, x, dim, values):
    rows = net.see(x[None])[0].repeat(len(values), 1)
    rows[:, dim] += torch.as_tensor(values)
    return net.show(rows).detach()
"""
X = Draw(b"x", "x").uniform(3, 2, 12, 8)
Z = Draw(b"z", "z").normal(3, 4, scale=2.0)
TRUNK = (Stage(CONVOLUTION, (5, 6, 4), 3, 2, 1), Stage(CONVOLUTION, (5, 3, 2), 3, 2, 1))
DOWN = Chain((2, 12, 8), (*TRUNK, Stage(LINEAR, (4,))))
UP = Chain(
    (4,),
    (
        Stage(LINEAR, (5, 3, 2)),
        Stage(TRANSPOSED, (5, 6, 4), 4, 2, 1),
        Stage(TRANSPOSED, (2, 12, 8), 4, 2, 1),
    ),
)
ORACLE = Computed(
    {
        "down": formulas.chain([relu, relu, identity], FOR_NOTHING),
        "up": formulas.chain([relu, relu, sigmoid], FOR_SIGMOID),
        "moves": walks.moves,
    }
).of("")
Law = Callable[[Local], None]


@pytest.fixture
def student(tmp_path: Path):
    """A maker of submissions: the source with an old text replaced by a new one."""
    made: list[Local] = []

    def make(*edits: tuple[str, str]) -> Local:
        text = SOURCE
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "net.py").write_text(text)
        made.append(Local(tmp_path / "net.py"))
        return made[-1]

    yield make
    for each in made:
        each.close()


def heads(student: Local) -> list[Piece]:
    target = student.build("Net").part("see")
    return [Piece(student, target, X, DOWN, what, k) for k, what in enumerate(("mean", "spread"))]


def images(student: Local) -> list[Piece]:
    return [Piece(student, student.build("Net").part("show"), Z, UP, "show")]


def chains(student: Local) -> None:
    for piece in heads(student) + images(student):
        convolutions.expect_chain(piece, {LINEAR: 7})


def branches(student: Local) -> None:
    convolutions.expect_branches(heads(student))


def apart(student: Local) -> None:
    target = student.build("Net")
    down = Piece(student, target.part("see"), X, DOWN, "mean", 0)
    up = Piece(student, target.part("show"), Z, UP, "show")
    convolutions.expect_own_weights([down], up)


def known() -> list[list[Layer]]:
    trunk = Chain(DOWN.takes, TRUNK).planted(Draw(b"k", "trunk"), 1 / 3)
    head = Chain((5, 3, 2), DOWN.stages[2:])
    return [trunk + head.planted(Draw(b"k", what), 8.0, 0.4, 7.0) for what in "ab"]


def learning(student: Local) -> None:
    convolutions.expect_learning(heads(student), known())
    convolutions.expect_learning(images(student), [UP.planted(Draw(b"k", "up"), 4.0)])


def values(student: Local) -> None:
    layers = known()
    answers = [ORACLE("down", X, each) for each in layers]
    convolutions.expect_planted(heads(student), layers, answers)
    back = UP.planted(Draw(b"k", "up"), 4.0)
    convolutions.expect_planted(images(student), [back], [ORACLE("up", Z, back)], atol=2e-4)


def passes(student: Local) -> None:
    gradients.expect_passed(student, student.build("Net").part("show"), Z, "z")


def network(student: Local) -> Methods:
    named = {"encoder": "see", "decoder": "show", "sampler": ".draw"}
    stand_in = {".draw": {"mean": 1.0, "spread": 0.5}}
    return Methods(student, student.build("Net"), 4, X, stand_in=stand_in, **named)


def through(student: Local) -> None:
    expect_gradients_through(network(student))


def walked(student: Local) -> None:
    given = [1.5, -2.0, 0.5]
    traversals.expect_images(network(student), "walk", 2, given)
    traversals.expect_moved(network(student), "walk", 2, given, ORACLE("moves", 2, given))


LAWS: tuple[Law, ...] = (chains, branches, learning, apart, values, passes, through, walked)
LAZY = (
    ("nn.Conv2d(2, 5, 3, stride=2", "nn.LazyConv2d(5, 3, stride=2"),
    ("nn.Linear(5 * 3 * 2, 4)", "nn.LazyLinear(4)"),
)
ONE_HEAD = ("self.mean, self.spread = nn.Linear(5 * 3 * 2, 4), nn.Linear(5 * 3 * 2, 4)", "{}")
CUT = (
    (ONE_HEAD[0], "self.both = nn.Linear(5 * 3 * 2, 8)"),
    ("return self.mean(h), self.spread(h)", "h = self.both(h); return h[:, ::2], h[:, 1::2]"),
)
ZERO = "[nn.init.zeros_(p) for p in {}.parameters()]"
RIGHT = {
    "as it is": (),
    "heads that start at zero": (
        ("self.up =", f"{ZERO.format('self.mean')}; {ZERO.format('self.spread')}; self.up ="),
    ),
    "a kernel that starts at zero": (("self.up =", "nn.init.zeros_(self.b.weight); self.up ="),),
    "lazy": LAZY,
    "one head cut in two": CUT,
    "channels last": (("self.a(x)))).flatten(1)", "self.a(x)))).permute(0, 2, 3, 1).flatten(1)"),),
    "channels last on the way back": (
        (".view(-1, 5, 3, 2)", ".view(-1, 3, 2, 5).permute(0, 3, 1, 2)"),
    ),
    "a head of many axes": (
        (ONE_HEAD[0], "self.mean = nn.Linear(30, 4); self.s = nn.Parameter(torch.ones(6, 5, 4))"),
        ("self.spread(h)", 'torch.einsum("ncp,cpz->nz", h.view(-1, 6, 5), self.s) + self.t'),
        ("self.up =", "self.t = nn.Parameter(torch.zeros(4)); self.up ="),
    ),
    "a turned head": (
        (ONE_HEAD[0], "self.mean = nn.Linear(30, 4); self.s = nn.Linear(4, 30, bias=False)"),
        ("self.spread(h)", "h @ self.s.weight + self.t"),
        ("self.up =", "self.t = nn.Parameter(torch.zeros(4)); self.up ="),
    ),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("edits", RIGHT.values(), ids=list(RIGHT))
def test_a_right_network_keeps_every_law(student, edits, law: Law) -> None:
    law(student(*edits))


WRONG = {  # the law that fails, the cause that is told, and what is written
    "a step less": (
        chains,
        "strided",
        ("self.a = nn.Conv2d(2, 5, 3, stride=2", "self.a = nn.Conv2d(2, 5, 3, stride=1"),
        *LAZY[1:],
    ),
    "no padding": (
        values,
        "padded",
        ("self.a = nn.Conv2d(2, 5, 3, stride=2, padding=1", "self.a = nn.Conv2d(2, 5, 3, stride=2"),
        *LAZY[1:],
    ),
    "another kernel": (
        chains,
        "other_kernel",
        (
            "self.b = nn.Conv2d(5, 5, 3, stride=2, padding=1",
            "self.b = nn.Conv2d(5, 5, 5, stride=2, padding=2",
        ),
    ),
    "other channels": (
        chains,
        "other_channels",
        ("nn.Conv2d(2, 5, ", "nn.Conv2d(2, 6, "),
        ("nn.Conv2d(5, 5, ", "nn.Conv2d(6, 5, "),
    ),
    "groups": (
        chains,
        "grouped",
        ("self.b = nn.Conv2d(5, 5, 3,", "self.b = nn.Conv2d(5, 5, 3, groups=5,"),
    ),
    "a wider head": (
        chains,
        "size_hard_coded",
        (
            "self.spread = nn.Linear(5 * 3 * 2, 4), nn.Linear(5 * 3 * 2, 4)",
            "self.spread = nn.Linear(30, 7), nn.Linear(30, 4)",
        ),
    ),
    "another linear layer": (
        chains,
        "chain_too_long",
        (
            "= nn.Linear(5 * 3 * 2, 4), nn.Linear",
            "= nn.Sequential(nn.Linear(30, 8), nn.Linear(8, 4)), nn.Linear",
        ),
    ),
    "a convolution less": (
        chains,
        "chain_too_short",
        ("self.b(torch.relu(self.a(x)))", "self.a(x)"),
        (
            "self.a = nn.Conv2d(2, 5, 3, stride=2, padding=1)",
            "self.a = nn.Conv2d(2, 5, 4, stride=4)",
        ),
    ),
    "a convolution back": (
        chains,
        "other_convolution",
        (
            "self.d = nn.ConvTranspose2d(5, 2, 4, stride=2, padding=1)",
            "self.d = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(5, 2, 3, padding=1))",
        ),
    ),
    "pooling": (
        chains,
        "pooled",
        ("torch.relu(self.b(", "nn.functional.relu(self.p(self.b("),
        ("self.a(x)))).", "self.a(x)))))."),
        ("self.up =", "self.p = nn.AvgPool2d(1, 2); self.up ="),
        *LAZY[1:],
    ),
    "a cut in the middle": (chains, "no_gradient", ("self.a(x)))", "self.a(x)).detach())")),
    "one head": (branches, "one_head_for_both", ("self.spread(h)", "self.mean(h)")),
    "a trunk each": (
        branches,
        "convolutions_twice",
        ("self.spread(h)", "self.spread(torch.relu(self.e(torch.relu(self.a(x)))).flatten(1))"),
        ("self.up =", "self.e = nn.Conv2d(5, 5, 3, stride=2, padding=1); self.up ="),
    ),
    "a layer that starts at zero": (
        learning,
        "dead_layer",
        ("self.up =", f"{ZERO.format('self.b')}; self.up ="),
    ),
    "a map times zero": (learning, "dead_layer", ("self.c(h)", "0 * self.c(h)")),
    "weights that are all alike": (
        learning,
        "units_alike",
        ("    def see", "        [nn.init.ones_(p) for p in self.parameters()]\n\n    def see"),
    ),
    "shared weights": (
        apart,
        "shared_layer",
        ("self.up(z)", "z @ self.mean.weight + self.up.bias"),
    ),
    "no ReLU": (values, "no_relu_after_1", ("torch.relu(self.a(x))", "self.a(x)")),
    "another activation": (
        values,
        "leaky_relu_once",
        ("torch.relu(self.b", "nn.functional.leaky_relu(self.b"),
    ),
    "a ReLU on a head": (values, "relu_on_head", ("self.spread(h)", "torch.relu(self.spread(h))")),
    "no bias": (
        values,
        "bias_missing",
        ("self.b = nn.Conv2d(5, 5, 3,", "self.b = nn.Conv2d(5, 5, 3, bias=False,"),
    ),
    "no sigmoid": (values, "no_sigmoid", ("torch.sigmoid(", "(")),
    "no ReLU on the way back": (values, "no_relu_last", ("torch.relu(self.c(h))", "self.c(h)")),
    "dropout": (
        values,
        "dropout",
        ("self.mean(h), ", "self.mean(self.e(h)), "),
        ("self.up =", "self.e = nn.Dropout(); self.up ="),
    ),
    "z cut off": (passes, "input_cut", ("self.up(z)", "self.up(z.detach())")),
    "a sample cut off": (
        through,
        "forward_detached",
        ("self.show(self.draw(mean, spread))", "self.show(self.draw(mean, spread).detach())"),
    ),
    "values that add up": (
        walked,
        "values_add_up",
        ("torch.as_tensor(values)", "torch.as_tensor(values).cumsum(0)"),
    ),
    "a sample that walks": (
        walked,
        "sample_traversed",
        ("net.see(x[None])[0]", "net.draw(*net.see(x[None]))"),
    ),
    "one row for all": (
        walked,
        "copies_share_memory",
        ("torch.as_tensor(values)", "values[-1]"),
    ),
    "values moved in place": (
        walked,
        "input_changed",
        ("return net.show", "values[0] += 1\n    return net.show"),
    ),
    "noise in the encoder": (
        values,
        "noise_inside",
        ("self.mean(h), ", "self.mean(nn.functional.dropout(h)), "),
    ),
    "a walk with a graph": (walked, "images_with_graph", (".detach()", "")),
    "the spread that walks": (
        walked,
        "logvar_traversed",
        ("net.see(x[None])[0]", "net.see(x[None])[1]"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_network_is_told_its_cause(student, name: str) -> None:
    law, cause, *edits = WRONG[name]
    with pytest.raises(Mismatch) as found:
        law(student(*edits))
    assert found.value.diagnosis == cause, (found.value.expected, found.value.got, found.value.note)


@pytest.mark.parametrize(
    "piece",
    [
        ("self.mean(h), ", "self.mean(nn.functional.dropout(h)), "),
        ("self.up(z)", "self.up(z + torch.randn_like(z))"),
    ],
)
def test_a_walk_is_not_blamed_for_a_piece_that_draws(student, piece) -> None:
    walked(student(piece))


def test_an_axis_of_length_1_is_missed_in_a_walk(student) -> None:
    lost = ("return net.show(rows)", "return net.show(rows)[:, 0]")
    with pytest.raises(Mismatch):
        traversals.expect_axes(network(student(lost)), "walk", 2, [1.5])


def test_the_first_layer_that_differs_is_named(student) -> None:
    made = student(
        ("self.b = nn.Conv2d(5, 5, 3, stride=2", "self.b = nn.Conv2d(5, 5, 3, stride=1"), *LAZY[1:]
    )
    with pytest.raises(Mismatch) as found:
        chains(made)
    assert found.value.expected == "2 x 12 x 8 -> 5 x 6 x 4 -> 5 x 3 x 2 -> 4"
    assert found.value.got == "2 x 12 x 8 -> 5 x 6 x 4 -> 5 x 6 x 4 -> 4"
    assert found.value.note == "layer 2, a convolution, gives 5 x 6 x 4 and not 5 x 3 x 2"


def test_values_wait_for_layers_that_fit(student) -> None:
    with pytest.raises(NotRun):
        values(student(("self.b(torch.relu(self.a(x)))", "self.a(x)"), *LAZY[1:]))


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 0), (4, 2, 1), (5, 3, 2)])
def test_the_oracle_computes_as_torch_does(kernel: int, stride: int, padding: int) -> None:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(2, 3, 11, 9))
    weight = stream.normal(size=(4, 3, kernel, kernel))
    back = stream.normal(size=(3, 4, kernel, kernel))
    asked = {"stride": stride, "padding": padding}
    want = F.conv2d(torch.tensor(x), torch.tensor(weight), **asked).numpy()
    assert np.allclose(formulas.convolved(x, weight, stride, padding), want)
    want = F.conv_transpose2d(torch.tensor(x), torch.tensor(back), **asked).numpy()
    assert np.allclose(formulas.transposed(x, back, stride, padding), want)


def test_levels_can_be_had_of_heads(student) -> None:
    pieces = heads(student())
    levels = [np.arange(4, dtype=np.float32), -np.ones(4, np.float32)]
    assert convolutions.silence(pieces, levels)
    assert np.allclose(pieces[1].output(), -1)
    assert not convolutions.silence(
        heads(student(("nn.Linear(5 * 3 * 2, 4)", "nn.Linear(30, 4, bias=False)"))), levels
    )
