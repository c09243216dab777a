"""Comparing an answer: what passes, and in which words a difference is told."""

from __future__ import annotations

import numpy as np
import pytest
from fuzzing import FUZZ
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nndl2.checks.compare import (
    as_array,
    close,
    coarse,
    diagnose,
    expect_close,
    expect_count,
    expect_shape,
    expect_unchanged,
    worst,
)
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.submission import Odd

settings.register_profile("fast", deadline=None, max_examples=40, derandomize=True, database=None)
settings.load_profile("fast")  # the same numbers in every run, however busy the machine is
WANT = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
NOT_FINITE = [np.nan, np.inf, -np.inf]
floats = st.floats(-1e3, 1e3, width=32, allow_subnormal=False)
tensors = arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=floats)


def mismatch(call, *args, **kw) -> Mismatch:
    """What `call` has to say against an answer; a call that lets it pass fails the test."""
    with pytest.raises(Mismatch) as raised:
        call(*args, **kw)
    return raised.value


def note(got, want=WANT) -> str:
    return mismatch(expect_close, np.asarray(got), want, "z").note


# what is an answer at all


def test_none_is_not_written():
    with pytest.raises(NotWritten) as raised:
        as_array(None, "loss_function")
    assert str(raised.value) == "loss_function is not written yet"


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (Odd("str"), "str"),
        ((np.ones(2), None, Odd("dict")), "a tuple of 3"),
        ((), "a tuple of 0"),
        (np.array(["a"]), "an array of dtype <U1"),
        (np.array([1j]), "an array of dtype complex128"),
        (np.datetime64("2025-01-01"), "an array of dtype datetime64[D]"),
    ],
)
def test_what_is_no_array_of_numbers_is_named(answer, got):
    error = mismatch(expect_close, answer, 1.0, "the loss")
    assert (error.expected, error.got) == ("a tensor of numbers", got)
    assert error.note == "the loss returned no tensor"


def test_a_function_that_is_no_plain_one_is_told_how_to_return():
    error = mismatch(as_array, Odd("generator"), "the loss")
    assert error.note == "the loss returned no tensor; write return instead of yield"
    assert "delete async in front of def" in mismatch(as_array, Odd("coroutine"), "z").note


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64", "uint8", "bool"])
def test_every_type_of_number_counts(dtype):
    ones = np.ones((2, 3), dtype)
    expect_close(ones, np.ones((2, 3)))
    assert as_array(ones, "x").dtype == dtype
    assert note(ones)


@pytest.mark.parametrize("one", [np.array(8.5), np.float32(8.5), np.float64(8.5)])
def test_arrays_of_no_dimension_and_numpy_scalars_are_numbers(one):
    expect_close(one, 8.5)
    expect_close(one, np.float64(8.5))
    assert expect_shape(one, (), "the loss").shape == ()
    error = mismatch(expect_close, one, 8.0)
    assert (error.expected, error.got) == ("8", "8.5")


def test_unsigned_numbers_do_not_wrap_around():
    error = mismatch(expect_close, np.array([0, 3], np.uint8), [1.0, 3.0])
    assert (error.expected, error.got) == ("1 at (0,)", "0 at (0,)")
    assert error.note == "the largest difference is 1"


# what passes


@pytest.mark.parametrize("bad", NOT_FINITE)
@pytest.mark.parametrize("where", [(0, 0), (1, 2), ...])
def test_an_answer_that_is_not_finite_never_passes(bad, where):
    got = WANT.copy()
    got[where] = bad
    assert not close(got, WANT, rtol=np.inf, atol=np.inf)
    assert note(got) == "z holds values that are not finite"


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_nothing_passes_where_the_wanted_number_is_not_finite(bad):
    want = WANT.copy()
    want[0, 1] = bad
    for got in (WANT, want):
        assert not close(got, want)
        assert mismatch(expect_close, got, want)


def test_an_oracle_that_overflowed_explains_no_answer():
    wrong = {"log_of_zero": np.full_like(WANT, np.inf), "doubled": 2 * WANT}
    assert diagnose(2 * WANT, wrong, 1e-4, 1e-6) == "doubled"
    assert diagnose(WANT + np.nan, wrong, 1e-4, 1e-6) == ""


@given(tensors)
def test_an_answer_equals_itself(x):
    expect_close(x, x)


@given(tensors, st.data())
def test_one_element_off_by_more_than_the_tolerance_never_passes(want, data):
    at = tuple(data.draw(st.integers(0, n - 1)) for n in want.shape)
    off = data.draw(st.floats(1.01, 1e6)) * data.draw(st.sampled_from([-1, 1]))
    got = want.copy()
    got[at] += off * (1e-6 + 1e-4 * np.abs(want).max())
    assert not close(got, want)
    assert worst(got, want) == at
    assert mismatch(expect_close, got, want)


@given(tensors, st.floats(0, 0.99), st.sampled_from([-1, 1]))
def test_everything_within_the_tolerance_passes(want, part, sign):
    expect_close(want + sign * part * (1e-6 + 1e-4 * np.abs(want).max()), want)


@given(tensors, st.floats(0, 2), st.integers(-20, 20))
def test_the_relative_tolerance_does_not_depend_on_the_unit(want, part, power):
    got = want + part * 1e-4 * np.abs(want).max()
    unit = 2.0**power  # so that no rounding interferes
    assert close(got * unit, want * unit, atol=0) == close(got, want, atol=0)


# shapes and counts


def test_the_shape_is_told_before_the_values():
    error = mismatch(expect_close, np.full((3, 2), np.nan), WANT, "z")
    assert (error.expected, error.got) == ("shape (2, 3)", "shape (3, 2)")
    assert error.note == "z has another shape"


def test_a_shape_that_could_be_broadcast_is_another_shape():
    for got in (np.ones(()), np.ones(1), np.ones((1, 3)), np.ones((2, 3, 1))):
        assert note(got, np.ones((2, 3))) == "z has another shape"


def test_an_array_without_elements_equals_only_its_like():
    expect_close(np.ones((0, 3)), np.ones((0, 3)))
    assert note(np.ones((0, 3)), np.ones((0, 2))) == "z has another shape"
    assert note(np.ones((0, 3)), np.ones((2, 3))) == "z has another shape"


def test_expect_shape_gives_the_array_or_names_the_axes():
    assert expect_shape(WANT, (2, 3), "mu") is WANT
    error = mismatch(expect_shape, WANT, (2, 17), "mu", "(N, Z)")
    assert (error.expected, error.got) == ("shape (2, 17) = (N, Z)", "shape (2, 3)")
    assert error.note == "mu has another shape"
    with pytest.raises(NotWritten):
        expect_shape(None, (2, 17), "mu")


def test_a_count_is_told_to_the_digit_with_the_mistake_it_equals():
    wrong = {"layer_missing": 298_800, "layer_too_many": 619_600, "also": 298_800}
    expect_count(459_200, 459_200, "parameters", wrong)
    for got, shown, diagnosis in [
        (298_800, "298,800", "layer_missing"),
        (619_600, "619,600", "layer_too_many"),
        (459_201, "459,201", ""),
    ]:
        error = mismatch(expect_count, got, 459_200, "parameters", wrong)
        assert (error.expected, error.got, error.diagnosis) == ("459,200", shown, diagnosis)
        assert error.note == "the number of parameters differs"


# the diagnosis


def test_the_first_misconception_that_equals_the_answer_is_named():
    wrong = {"halved": WANT / 2, "squared": WANT**2, "also squared": WANT**2}
    error = mismatch(expect_close, WANT**2, WANT, mistaken=wrong)
    assert error.diagnosis == "squared"
    assert error.note == ""  # the misconception says it better than a coarse fact


def test_an_answer_that_equals_no_misconception_has_no_diagnosis():
    error = mismatch(expect_close, WANT + 1, WANT, mistaken={"squared": WANT**2})
    assert (error.diagnosis, error.note) == ("", "the result is off by a constant 1")


def test_a_misconception_may_explain_another_shape():
    error = mismatch(expect_close, WANT.sum(1), WANT, mistaken={"summed": WANT.sum(1)})
    assert (error.diagnosis, error.got) == ("summed", "shape (2,)")


def test_misconceptions_are_computed_only_when_needed_and_no_further():
    asked = []

    def wrong():
        for name, answer in [("doubled", 2 * WANT), ("squared", WANT**2), ("never", 1 / 0.5)]:
            asked.append(name)
            yield name, answer

    expect_close(WANT, WANT, mistaken=wrong)
    assert asked == []
    assert mismatch(expect_close, WANT**2, WANT, mistaken=wrong).diagnosis == "squared"
    assert asked == ["doubled", "squared"]


def test_an_answer_that_is_not_finite_is_no_misconception():
    def wrong():
        raise AssertionError("not to be asked")

    assert mismatch(expect_close, WANT * np.nan, WANT, mistaken=wrong).diagnosis == ""


# the coarse facts


@pytest.mark.parametrize(
    ("got", "fact"),
    [
        (-WANT, "z has the opposite sign"),
        (5 * WANT, "z is 5 times what it should be"),
        (WANT / 784, "z is 0.001276 times what it should be"),
        (-0.5 * WANT, "z is -0.5 times what it should be"),
        (WANT + 0.25, "z is off by a constant 0.25"),
        (WANT - 3, "z is off by a constant -3"),
        (WANT[[0, 0]], "every row of z is the same"),
        (WANT * [[1], [1.5]], "the largest difference is 3"),
        (WANT * 1.0005, "the largest difference is 0.003"),
    ],
)
def test_a_difference_without_a_diagnosis_is_told_by_its_nearest_fact(got, fact):
    assert note(got) == fact


def test_rows_that_are_meant_to_be_equal_are_no_fact():
    rows = WANT[[0, 0]]
    assert note(rows * [1, 2, 3], rows) == "the largest difference is 6"


@pytest.mark.parametrize(
    ("got", "fact"),
    [
        (5 * 8.5079, "z is 5 times what it should be"),
        (8.5079 / 15, "z is 0.06667 times what it should be"),
        (-8.5079, "z has the opposite sign"),
        (11.1, ""),  # any two numbers have a ratio and a difference
        (0.0, ""),
    ],
)
def test_of_one_number_only_a_whole_factor_is_a_fact(got, fact):
    assert note(got, np.float64(8.5079)) == fact


@given(tensors, st.floats(0.01, 100))
def test_the_factor_told_is_the_factor(want, k):
    assume(want.size > 1 and np.ptp(want) > 1 and abs(k - 1) > 0.01)
    assert coarse(k * want, want, "z") == f"z is {k:.4g} times what it should be"


def test_the_element_that_differs_most_is_shown_with_its_place():
    got = WANT.copy()
    got[1, 2], got[0, 0] = -6.5, 1.1
    error = mismatch(expect_close, got, WANT)
    assert (error.expected, error.got) == ("-6 at (1, 2)", "-6.5 at (1, 2)")


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_an_element_that_is_not_finite_differs_most(bad):
    got = WANT + 100
    got[0, 1] = bad
    error = mismatch(expect_close, got, WANT)
    assert (error.expected, error.got) == ("-2 at (0, 1)", f"{bad} at (0, 1)")


@given(tensors, st.data())
def test_expected_and_got_never_read_alike(want, data):
    at = tuple(data.draw(st.integers(0, n - 1)) for n in want.shape)
    got = want.copy()
    got[at] += 1.5 * (1e-6 + 1e-4 * np.abs(want).max())
    error = mismatch(expect_close, got, want)
    assert error.expected != error.got


# inputs that a call must leave alone


def test_inputs_that_were_changed_are_named():
    mu, logvar = np.zeros(2), np.ones(2)
    expect_unchanged((None, (mu.copy(), logvar.copy())), (mu, logvar), ("mu", "logvar"))
    error = mismatch(expect_unchanged, (None, (mu, logvar + 1)), (mu, logvar), ("mu", "logvar"))
    assert (error.note, error.diagnosis) == ("logvar is another after the call", "input_changed")


def test_an_input_that_became_something_else_was_changed():
    assert mismatch(expect_unchanged, (None, (np.zeros(3),)), (np.zeros(2),), ("mu",))
    assert mismatch(expect_unchanged, (None, (Odd("Evil"),)), (np.zeros(2),), ("mu",))


@FUZZ
@given(
    arrays(np.float64, st.integers(1, 6), elements=st.floats(-9, 9)),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.data(),
)
def test_what_is_not_finite_never_passes(want: np.ndarray, odd: float, data: st.DataObject) -> None:
    got = want.copy()
    got[data.draw(st.integers(0, want.size - 1))] = odd
    assert close(want, want) and not close(got, want) and not close(got, got)
    for target in (want, got):
        with pytest.raises(Mismatch):
            expect_close(got, target, rtol=np.inf, atol=np.inf)
