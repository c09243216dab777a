"""Networks as the laws ask them: built once and set back, and fed in ways that differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.local import Local
from nndl2.checks.model import Assignment, Mismatch, Part, Task
from nndl2.checks.run import run
from nndl2.laws.building import as_built
from nndl2.laws.compositions import expect_images_taken
from nndl2.laws.networks import Network

SOURCE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, size=4):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear({into}, size))
        self.decoder = nn.Linear({back}, 4)
        {more}

    def forward(self, x):
        self.encoder(x)
        {keeps}
"""
IMAGE = (1, 2, 2)


class Counting(Local):
    """Counts what is built."""

    builds = 0

    def build(self, cls, *args, **kw):
        self.builds += 1
        return super().build(cls, *args, **kw)


def counting(folder: Path, into="4", back="3", more="pass", keeps="pass") -> Counting:
    source = SOURCE.format(into=into, back=back, more=more, keeps=keeps)
    (folder / "net.py").write_text(source, encoding="utf-8")
    return Counting(folder / "net.py")


@pytest.fixture
def student(tmp_path: Path) -> Counting:
    return counting(tmp_path)


def test_who_asks_for_the_same_gets_it_as_it_was_built(student):
    draw = Draw(b"", "part.check")
    net = as_built(student, draw, "Net", size=4)
    before = student.weights(net)
    student.put(net, {name: w + 1 for name, w in before.items()})
    again = as_built(student, draw.shared("x"), "Net", size=4)
    assert (again, student.builds) == (net, 1)
    assert all(np.array_equal(w, before[name]) for name, w in student.weights(again).items())
    assert as_built(student, draw, "Net", size=5) != net and student.builds == 2


def test_what_cannot_be_set_back_is_built_anew(tmp_path):
    student = counting(tmp_path, keeps="self.last = x")
    draw = Draw(b"", "part.check")
    net = as_built(student, draw, "Net")
    student.call(net, np.ones((2, *IMAGE), np.float32), keep=True)
    assert as_built(student, draw, "Net") != net and student.builds == 2


PARTS = tuple(Task(n, n, (Part(n, n),)) for n in ("one", "two", "three"))
ASSIGNMENT = Assignment("small", "net.py", PARTS)


@pytest.mark.parametrize(("fails", "builds"), [(False, 1), (True, 2)])
def test_checks_of_all_parts_share_a_build_until_one_fails(student, fails, builds):
    @check({"one": False, "two": fails, "three": False})
    def asks(student, draw, oracle, bad):
        """it asks the network"""
        as_built(student, draw, "Net")
        if bad:
            raise Mismatch("one", "another")

    verdicts = run(ASSIGNMENT, asks, student)
    assert [v.passed for v in verdicts] == [True, not fails, True]
    assert student.builds == builds


def network(student: Counting, labels: bool) -> Network:
    c = np.zeros((2, 3), np.float32) if labels else None
    x = np.zeros((2, *IMAGE), np.float32)
    return Network(student, student.build("Net"), 3, x, c)


DRAW = Draw(b"", "part.ways")


def test_images_and_rows_of_pixels_that_come_to_the_same_are_one_way(student):
    net = network(student, labels=False).narrowed(DRAW)
    assert net.feeding == (0,) and len(net.features("eval")) == 1
    assert net.joining == (0,)


def test_a_label_behind_and_one_before_are_two_ways_and_none_is_no_way(tmp_path):
    net = network(counting(tmp_path, into="4 + 3", back="3 + 3"), labels=True)
    assert net.narrowed(DRAW).feeding == (0, 1)
    assert net.narrowed(DRAW).joining == (0,)


@pytest.mark.parametrize("zero", [("weight",), ("weight", "bias")])
def test_answers_that_do_not_depend_on_what_goes_in_rule_no_way_out(tmp_path, zero):
    more = "; ".join(f"nn.init.zeros_(self.encoder[1].{name})" for name in zero)
    net = network(counting(tmp_path, into="4 + 3", more=more), labels=True)
    assert net.narrowed(DRAW).feeding == (0, 1)


def test_a_piece_that_takes_nothing_is_asked_in_all_ways(tmp_path):
    net = network(counting(tmp_path, into="99"), labels=False).narrowed(DRAW)
    assert net.feeding == ()


def test_one_that_takes_rows_alone_is_told_of_its_own_images(tmp_path):
    source = SOURCE.replace("nn.Flatten(), ", "").format(
        into="4",
        back="3",
        more="self.mu_layer = self.logvar_layer = nn.Linear(size, 3)",
        keeps="return self.decoder(self.mu_layer(self.encoder(x))), x, x",
    )
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    with pytest.raises(Mismatch) as told:
        expect_images_taken(network(Counting(tmp_path / "net.py"), labels=False))
    assert told.value.diagnosis == "nothing_flattens"
    assert told.value.note.endswith("nothing flattens the images (N, 1, 2, 2)")
