"""What laws tell as the cause where more than one number or layer has to be explained."""

from __future__ import annotations

import numpy as np
import pytest

from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.numbers import Numbers
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Odd
from nndl2.laws import chains, losses, samplers, values


class Weights:
    """A submission that is asked for nothing but its weights, and gives `answer`."""

    def __init__(self, *shapes, answer=()):
        self.shapes, self.answer = shapes, answer

    def call(self, target, x):
        return self.answer

    def layers(self, target, x):
        return []

    def weights(self, target, numbers=True):
        return {f"{i}.weight": np.ones(shape) for i, shape in enumerate(self.shapes)}


def told(mean: float, **mistakes: float) -> Answer:
    return Answer(Numbers.of(mean), lambda: [(i, Numbers.of(v)) for i, v in mistakes.items()])


def test_a_mistake_that_one_batch_does_not_show_is_named_by_the_others() -> None:
    answers = [told(2.0), told(3.0, summed=15.0, halved=1.5)]
    with pytest.raises(Mismatch) as found:
        losses.expect_numbers([np.array(2.0), np.array(15.0)], answers, {}, "the loss")
    assert found.value.diagnosis == "summed"


def test_a_mistake_that_explains_one_batch_alone_is_not_named() -> None:
    answers = [told(2.0, summed=4.0), told(3.0, summed=15.0)]
    with pytest.raises(Mismatch) as found:
        losses.expect_numbers([np.array(7.0), np.array(15.0)], answers, {}, "the loss")
    assert found.value.diagnosis == ""


@pytest.mark.parametrize(("weight", "off"), [(0.01, 0.0), (3.0, 3e-4)])
def test_a_weight_is_seen_through_what_single_precision_rounds(weight: float, off: float) -> None:
    answers = [told(5000.0 + k, plain=5000.0) for k in (80.0, 90.0)]
    got = [np.array(5000.0 + weight * 80), np.array(5000.0 + weight * 90 + off)]
    with pytest.raises(Mismatch) as found:
        losses.expect_numbers(got, answers, {"plain": "weighted"}, "the loss", rtol=2e-5)
    assert found.value.diagnosis == "weighted"


def test_a_loss_that_is_hardly_off_is_not_said_to_be_1_times_what_it_should_be() -> None:
    with pytest.raises(Mismatch) as found:
        losses.expect_numbers(
            [np.array(5000.7), np.array(6000.8)], [told(5000.0), told(6000.0)], {}, "the loss"
        )
    assert found.value.note == ""


@pytest.mark.parametrize(
    ("shapes", "cause"),
    [
        (((3, 9),), "hidden_layer_missing"),
        (((5, 9), (3, 5)), "other_hidden_size"),
        (((7, 9), (7, 7), (3, 7)), "layer_too_many"),
    ],
)
def test_layers_that_are_not_as_asked_have_their_cause(shapes, cause) -> None:
    x = np.zeros((2, 9), np.float32)
    with pytest.raises(Mismatch) as found:
        chains.expect_chain(Weights(*shapes), Handle("Net", 1), [x], [9, 7, 3], {})
    assert found.value.diagnosis == cause


def test_a_head_that_takes_what_it_should_give_is_told_so() -> None:
    x = np.zeros((2, 9), np.float32)
    with pytest.raises(Mismatch) as found:
        chains.expect_chain(Weights((3, 3)), Handle("Net", 1), [x], [9, 3], {})
    assert found.value.diagnosis == "head_takes_latent"


@pytest.mark.parametrize(
    ("e", "cause"),
    [
        (lambda normal, level: normal * (1 + level), "spread_of_another_form"),
        (lambda normal, level: normal + level, "mean_of_another_form"),
        (lambda normal, level: np.abs(normal) ** 3 * np.sign(normal), "heavy_tailed_noise"),
    ],
)
def test_noise_that_is_normal_at_each_level_has_no_heavy_tails(e, cause) -> None:
    level = samplers.laid_out(np.arange(8.0), 8_000)
    z = e(Draw(b"", "normal").normal(*level.shape).astype(np.float64), level)
    answer = Answer(Numbers.of(np.array([np.zeros(8), np.ones(8)])), lambda: [])
    with pytest.raises(Mismatch) as found:
        samplers.expect_law(z, answer)
    assert found.value.diagnosis == cause


@pytest.mark.parametrize("answer", [None, Odd("None")], ids=["empty", "looks for its layers"])
def test_a_piece_without_layers_that_gives_nothing_is_not_written(answer) -> None:
    x, handle = np.zeros((2, 9), np.float32), Handle(1, "Net")
    with pytest.raises(NotWritten, match="Net is not written yet"):
        chains.expect_chain(Weights(answer=answer), handle, [x], [9, 3], {})
    with pytest.raises(Mismatch):
        chains.expect_chain(Weights(), handle, [x], [9, 3], {})
    chains.expect_chain(Weights((3, 9), answer=answer), handle, [x], [9, 3], {})


@pytest.mark.parametrize(
    ("shape", "cause"),
    [((3,), "loss_per_image"), ((3, 2), "term_not_summed"), ((3, 5), "loss_per_image")],
)
def test_a_loss_that_is_no_scalar_has_its_cause(shape: tuple[int, ...], cause: str) -> None:
    with pytest.raises(Mismatch) as found:
        losses.scalar(Weights(answer=np.ones(shape)), "loss", [np.ones((3, 2))])
    assert found.value.diagnosis == cause


def test_one_image_for_all_is_seen_where_only_a_sketch_of_the_right_ones_is_known() -> None:
    right = Numbers.of(np.arange(300.0).reshape(3, 100))
    answer = Answer(Numbers.stored(right.shape, right.values))
    same = np.ones((3, 100))
    with pytest.raises(Mismatch) as found:
        values.expect_known(
            Weights(answer=same), Handle("Net", 1), same, answer, np.ones((3, 2)), 1e-4, 1e-6
        )
    assert found.value.diagnosis == "input_ignored"
