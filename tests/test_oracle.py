"""Stored answers: what is right and what each mistake gives, for the same question only."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autograder.oracles import Computed, recorded
from autograder.oracles.activations import identity, relu
from autograder.oracles.networks import Runs
from nndl2.checks import words
from nndl2.checks.card import card
from nndl2.checks.compare import expect_answer
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import (
    UNANSWERED,
    Assignment,
    Mismatch,
    Outcome,
    Part,
    Reason,
    Report,
    Task,
    Unanswered,
)
from nndl2.checks.numbers import (
    ELEMENTS,
    SUMS,
    WHOLE,
    Numbers,
    alike,
    close,
    fingerprint,
    sketch,
)
from nndl2.checks.oracle import Stored
from nndl2.checks.run import run
from nndl2.checks.show import unmet

X = np.array([1.0, 2.0, 3.5], np.float32)
FORMULAS = {
    "doubled": lambda x: (2 * x, lambda: [("squared", x**2), ("endless", x * np.inf)]),
    "summed": lambda x: (x.sum(), lambda: [("mean", x.mean())]),
}
ASSIGNMENT = Assignment("small", "small.py", (Task("t", "T", (Part("p", "Part", ("f",)),)),))


class Right:
    """A student who answers rightly, or as `edit` has it."""

    def __init__(self, edit=lambda x: x):
        self.edit = edit

    def call(self, name, x, **how):
        return self.edit(2 * x if name == "double" else x.sum())


@check("p", about="doubling")
def doubles(student, draw, oracle):
    """it doubles"""
    x = draw.normal(4)
    expect_answer(student.call("double", x), oracle("doubled", x))


@check("p", about="sums")
def adds(student, draw, oracle):
    """it adds, and then it doubles"""
    x, y = draw.normal(3), draw.normal(200)
    wants = oracle("summed", x), oracle("doubled", y)
    expect_answer(student.call("add", x), wants[0])
    expect_answer(student.call("double", y), wants[1])


CHECKS = (doubles, adds)


@pytest.fixture
def table():
    """What ships: through JSON, as it does."""
    found = recorded(ASSIGNMENT, CHECKS, Right(), Computed(FORMULAS))
    return json.loads(json.dumps(found, allow_nan=False))


def outcomes(table, student=None, key=b""):
    verdicts = run(ASSIGNMENT, CHECKS, student or Right(), key, oracle=Stored(table))
    return [v.outcome for v in verdicts]


def report(table, student=None) -> Report:
    found = run(ASSIGNMENT, CHECKS, student or Right(), oracle=Stored(table))
    return Report(ASSIGNMENT, tuple(found), {"p": 1})


# the table


def test_what_is_recorded_answers_the_same_questions(table):
    assert [row["name"] for row in table["p.adds"]] == ["summed", "doubled"]
    assert outcomes(table) == [Outcome.PASS] * 2
    assert outcomes(table, Right(lambda y: y + 1)) == [Outcome.FAIL] * 2


def test_a_stored_answer_explains_a_wrong_one_as_a_formula_does(table):
    x = Draw(b"", doubles.id).normal(4)
    squared = Right(lambda y: x**2)
    for oracle in (Stored(table), Computed(FORMULAS)):
        (verdict,) = run(ASSIGNMENT, [doubles], squared, oracle=oracle)
        assert (verdict.outcome, verdict.diagnosis) == (Outcome.FAIL, "squared")
        (verdict,) = run(ASSIGNMENT, [doubles], Right(lambda y: y * 3), oracle=oracle)
        assert (verdict.outcome, verdict.diagnosis) == (Outcome.FAIL, "")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_not_finite_equals_no_stored_mistake(table, value):
    broken = Right(lambda y: np.full_like(y, value))
    for verdict in run(ASSIGNMENT, CHECKS, broken, oracle=Stored(table)):
        assert (verdict.outcome, verdict.diagnosis) == (Outcome.FAIL, "")


def test_a_mistake_may_have_another_shape_and_one_that_cannot_be_told_apart_is_not_stored():
    wrong = {"turned": X[None], "same": X * (1 + 1e-6), "double": 2 * X, "endless": X * np.inf}
    formulas = {"f": lambda x: (x, wrong.items)}

    @check("p")
    def asks(student, draw, oracle):
        """it asks"""
        oracle("f", X)

    with np.errstate(all="ignore"):
        table = recorded(ASSIGNMENT, [asks], Right(), Computed(formulas))
    answer = Stored(table).of(asks.id)("f", X)
    assert [name for name, _ in answer.mistakes()] == ["turned", "double"]
    with pytest.raises(Mismatch) as raised:
        expect_answer(X[None], answer)
    assert raised.value.diagnosis == "turned"


def test_a_check_that_fails_on_the_reference_is_not_recorded():
    with pytest.raises(ValueError, match=r"p\.doubles does not pass on the reference"):
        recorded(ASSIGNMENT, CHECKS, Right(lambda y: y + 1), Computed(FORMULAS))


# questions that the table does not hold


def without(table):
    return {name: rows for name, rows in table.items() if name != "p.adds"}


def turned(table):
    return table | {"p.adds": table["p.adds"][::-1]}


def cut(table):
    return table | {"p.adds": table["p.adds"][:1]}


def renamed(table):
    return table | {"p.adds": [{**row, "name": "else"} for row in table["p.adds"]]}


def about_others(table):
    rows = json.loads(json.dumps(table["p.adds"]))
    rows[0]["about"][0]["some"][0] += 0.01
    return table | {"p.adds": rows}


@pytest.mark.parametrize("change", [without, turned, cut, renamed, about_others])
def test_a_question_that_is_not_in_the_table_is_neither_right_nor_wrong(table, change):
    for student in (Right(), Right(lambda y: y + 1)):
        found = report(change(table), student)
        lost = found.verdicts[1]
        assert lost.outcome is Outcome.NOT_RUN and lost.unanswered
        assert (lost.reason, lost.note) == (Reason.ENVIRONMENT, UNANSWERED)
        assert lost in unmet(found)  # so check() does not end well
        said = "1 check was not run, since the numbers did not come with the notebook: tell the"
        assert said in words.also(found) and said in card(found)
    assert words.unanswered(report(table)) == "" and not unmet(report(table))


def test_other_inputs_and_no_table_at_all_are_not_answered(table):
    assert outcomes(table, key=b"another") == [Outcome.NOT_RUN] * 2
    assert outcomes({}) == [Outcome.NOT_RUN] * 2
    assert words.unanswered(report({})).startswith("2 checks were not run, ")
    with pytest.raises(Unanswered):
        Stored({}).of("p.doubles")("doubled", X)


def test_each_check_has_its_rows_from_the_first_on(table):
    stored = Stored(table)
    for _ in range(2):
        ask = stored.of("p.doubles")
        x = Draw(b"", doubles.id).normal(4)
        assert ask("doubled", x).right.equal(2 * x)
        with pytest.raises(Unanswered):
            ask("doubled", x)


# fingerprints of questions


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_a_fingerprint_tolerates_rounding_and_nothing_larger(unit):
    rounded = fingerprint([X * unit, "mu", None])
    again = [(X * unit * (1 + sign * 3e-7)).astype(np.float32) for sign in (-1, 1)]
    assert all(alike(rounded, fingerprint([x, "mu", None])) for x in again)
    for off in (1e-3, -1e-3, 0.1):
        other = (X * unit).copy()
        other[2] *= 1 + off
        if abs(other[2] - X[2] * unit) > 2e-5:  # what is as small as that is zero to it
            assert not alike(rounded, fingerprint([other, "mu", None]))


@pytest.mark.parametrize(
    "other",
    [
        [X, "logvar", 3, True],
        [X, "mu", 4, True],
        [X, "mu", 3.0, True],
        [X, "mu", 3, 1],
        [X, "mu", 3, None],
        [X, "mu", 3],
        [X[None], "mu", 3, True],
        [X[:2], "mu", 3, True],
        [X[::-1], "mu", 3, True],
        ["mu", X, 3, True],
        [[X], "mu", 3, True],
    ],
)
def test_questions_that_differ_have_other_fingerprints(other):
    one = fingerprint([X, "mu", 3, True])
    assert alike(one, json.loads(json.dumps(one)))
    assert not alike(one, fingerprint(other)) and not alike(fingerprint(other), one)


# a sketch of a large array


@pytest.mark.parametrize("shape", [(65,), (8, 9), (20, 784), (2, 3, 28, 28)])
def test_a_sketch_tells_apart_what_differs_in_one_element(shape):
    """By 1 % of the largest."""
    x = Draw(b"", "sketch").normal(*shape).astype(np.float64)
    stored = Numbers.stored(shape, [float(f"{v:.6g}") for v in sketch(x)])
    assert stored.whole is None and stored.values.shape == (ELEMENTS + SUMS,)
    assert stored.equal(x) and stored.equal(x.astype(np.float32))
    rng = np.random.default_rng(0)
    step = 0.01 * np.abs(x).max()
    missed = 0
    for at in rng.choice(x.size, min(x.size, 60), replace=False):
        other = x.copy()
        other.flat[at] += step
        missed += stored.equal(other)
    assert missed == 0
    for other in (x[::-1], -x, x * 1.001, x + 0.001, np.roll(x, 1)):
        assert not stored.equal(np.ascontiguousarray(other))


def test_a_small_array_is_kept_as_it_is():
    x = Draw(b"", "small").normal(WHOLE).astype(np.float64).reshape(8, 8)
    stored = Numbers.stored((8, 8), sketch(x))
    assert stored.array.tolist() == x.tolist() and sketch(x).tolist() == x.ravel().tolist()
    for at in range(WHOLE):
        other = x.copy()
        other.flat[at] += 1e-3
        assert not stored.equal(other)
    assert not stored.equal(x.ravel()) and not stored.equal(x[:, :7])
    with pytest.raises(ValueError, match="only a sketch"):
        _ = Numbers.stored((65,), np.zeros(ELEMENTS + SUMS)).array


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_no_large_array_with_one_number_that_is_not_finite_is_equal(bad):
    x = np.ones((30, 30))
    stored = Numbers.stored(x.shape, sketch(x))
    for at in (0, 17, 899):
        other = x.copy()
        other.flat[at] = bad
        assert not stored.equal(other)
    assert not close(x, np.full_like(x, np.inf), rtol=np.inf)


def test_where_a_large_array_differs_is_told_of_an_element_that_is_kept():
    x = Draw(b"", "sketch").normal(20, 30).astype(np.float64)
    answer = Stored(
        {
            "p.a": [
                {
                    "name": "f",
                    "about": [],
                    "shape": [20, 30],
                    "right": list(sketch(x)),
                    "mistakes": [["doubled", list(sketch(2 * x))]],
                }
            ]
        }
    ).of("p.a")("f")
    with pytest.raises(Mismatch) as raised:
        expect_answer(3 * x, answer, "z")
    at = raised.value.expected.partition(" at ")[2]
    i, j = map(int, at.strip("()").split(","))
    assert raised.value.expected == f"{x[i, j]:.4g} at {at}"
    assert raised.value.note == "z is 3 times what it should be"
    with pytest.raises(Mismatch) as raised:
        expect_answer(2 * x, answer, "z")
    assert raised.value.diagnosis == "doubled"
    assert answer.of("doubled")[0].equal(2 * x) and answer.of("none") == []


def test_what_two_choices_of_activations_begin_with_is_computed_once():
    widths, counted = [1, 2, 3], []

    def applied(h: np.ndarray, layer: int) -> np.ndarray:
        counted.append(layer)
        return h - layer

    runs = Runs(np.array([4.0, -4.0]), widths, applied)
    for last in (relu, np.abs, identity):
        for second in (relu, identity):
            for first in (relu, np.abs):
                want = last(second(first(np.array([4.0, -4.0]) - 1) - 2) - 3)
                assert np.array_equal(runs.through([first, second, last]), want)
    assert [counted.count(layer) for layer in widths] == [1, 2, 4]
