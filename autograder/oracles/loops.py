"""What a training loop makes of the course's miniature, rightly and under each mistake.

Adam: Kingma and Ba, "Adam: a method for stochastic optimization", algorithm 1, in float64; the
others as torch has them. The miniature's passes and slopes are written out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.oracles.activations import sigmoid
from autograder.oracles.computed import Wrong
from autograder.oracles.losses import bce
from nndl2.checks.fixed import FAR, OFF_DUTY, WIDE, projection
from nndl2.laws.loops import flat

Array = np.ndarray
Batch = tuple[Array, ...]  # images (N, 1, H, W), labels (N,)
Weights = Mapping[str, Array]
EVER = 10**6  # epochs


@dataclass(frozen=True)
class Loop:
    """A way to train, the right one by default."""

    step: str = "adam"
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    rate: float = 1.0  # times the learning rate
    fixed: float = 0.0  # the learning rate itself, whatever was asked
    decay: float = 0.0  # of weights, beside the gradient (AdamW)
    penalty: float = 0.0  # of weights, added to the gradient
    zeroed: str = "step"  # when gradients are cleared: at each "step", each "epoch", or never
    renewed: str = ""  # a new optimizer at each "step" or "epoch"
    every: int = 1  # minibatches a step, 0: all of an epoch
    steps: int = 1  # for the same gradients
    fades: str = ""  # the learning rate: at each "step" or "epoch"
    fading: float = 1.0  # times so much
    epochs: int = 0  # more, or fewer
    some: slice = field(default_factory=lambda: slice(None))  # of an epoch's minibatches
    loss: str = "bce"
    scaled: str = ""  # the loss is a sum over "n" images, over "d" pixels, or both
    beta: float | None = None  # in place of the model's
    told: str = "own"  # which labels: the "first" for all, all "turned" or "zero", or "none"
    training: int = EVER  # for so many epochs, and in eval mode then
    clipped: float = 0.0  # the norm that gradients are cut to
    frozen: str = ""  # the side that does not learn


@dataclass(frozen=True)
class Task:
    """What a loop is given: weights, minibatches, epochs, rate; `beta` of a loss of two terms."""

    weights: Weights
    batches: Sequence[Batch]
    epochs: int
    rate: float
    labels: int
    beta: float | None


def run(task: Task, loop: Loop) -> Array:
    """The weights after training, in one row."""
    return flat(_trained(task, loop, lambda *_: None))


def terms(task: Task, loop: Loop) -> Array:
    """Each minibatch's terms before and after its step, (T, 4): the loss (or its two terms, then
    the loss a second time) and the same afterwards."""
    found: list[list[float]] = []

    def note(weights: Weights, batch: Batch, training: bool, before: tuple[float, float]) -> None:
        found.append([*before, *passed(weights, batch, task, loop, training)[0]])

    _trained(task, loop, note)
    return np.array(found)


def _trained(task: Task, loop: Loop, stepped: Callable[..., None]) -> Weights:
    """The weights after training; `stepped` hears of each step: the weights after it, the
    minibatch, whether in train mode, and both terms of the loss before it."""
    weights = {n: w.astype(np.float64) for n, w in task.weights.items()}
    optimizer = Optimizer(loop, task.rate)
    held: dict[str, Array] = {}
    for epoch in range(task.epochs + loop.epochs):
        batches, training = task.batches[loop.some], epoch < loop.training
        for k, batch in enumerate(batches):
            if loop.renewed == "step" or (loop.renewed == "epoch" and not k):
                optimizer = Optimizer(loop, task.rate)
            if loop.zeroed == "epoch" and not k:
                held = {}
            found, slopes = passed(weights, batch, task, loop, training)
            held = {n: held.get(n, 0) + s for n, s in slopes.items()}
            if (k + 1) % (loop.every or len(batches)) == 0:
                for _ in range(loop.steps):
                    weights = optimizer.stepped(weights, held)
                held = {} if loop.zeroed == "step" else held
            optimizer.rate *= loop.fading if loop.fades == "step" else 1
            stepped(weights, batch, training, found)
        optimizer.rate *= loop.fading if loop.fades == "epoch" else 1
    return weights


def passed(
    w: Weights, batch: Batch, task: Task, loop: Loop, training: bool = True
) -> tuple[tuple[float, float], dict[str, Array]]:
    """Both terms of the loss of a minibatch, and the slopes of what is minimized, by name."""
    x = batch[0].astype(np.float64).reshape(len(batch[0]), -1)  # (N, D)
    label = (
        np.eye(task.labels)[_told(batch[1], loop.told)] if task.labels else np.zeros((len(x), 0))
    )
    label = label * (loop.told != "none")
    into, out = projection("inward").astype(np.float64), projection("outward").astype(np.float64)
    duty = 1.0 if training else OFF_DUTY
    u = np.concatenate([x @ into, label], 1)
    q = duty * (u @ w["encoder.inner.weight"].T + w["encoder.inner.bias"])
    nz = w["decoder.inner.weight"].shape[1] - task.labels
    v = np.concatenate([q[:, :nz], label], 1)
    y = sigmoid(4 * (v @ w["decoder.inner.weight"].T + w["decoder.inner.bias"]) @ out.T)
    far, slope_y = (
        (_plain(y, x, loop.loss), _slope(y, x, loop.loss))
        if task.beta is None
        else (
            float(FAR * ((y - x) ** 4).mean()),
            FAR * 4 * (y - x) ** 3 * y * (1 - y) / x.size,
        )
    )
    wide, slope_q = 0.0, np.zeros_like(q)
    if task.beta is not None:
        beta = task.beta if loop.beta is None else loop.beta
        wide, slope_q = float(WIDE * (q**2).mean()), beta * WIDE * 2 * q / q.size
    d = 4 * slope_y @ out
    slope_q[:, :nz] += (d @ w["decoder.inner.weight"])[:, :nz]
    times = (len(x) if "n" in loop.scaled else 1) * (x.shape[1] if "d" in loop.scaled else 1)
    return (far * times, wide), {
        "encoder.inner.weight": times * duty * slope_q.T @ u,
        "encoder.inner.bias": times * duty * slope_q.sum(0),
        "decoder.inner.weight": times * d.T @ v,
        "decoder.inner.bias": times * d.sum(0),
    }


def _told(labels: Array, which: str) -> Array:
    """The labels of a minibatch as a loop tells them."""
    told = {"first": np.repeat(labels[:1], len(labels)), "turned": labels[::-1], "zero": 0 * labels}
    return told.get(which, labels)


def _plain(y: Array, x: Array, loss: str) -> float:
    """What compares a reconstruction with x, averaged over pixels and images."""
    found = {
        "bce": lambda: bce(y, x),
        "mse": lambda: (y - x) ** 2,
        "l1": lambda: np.abs(y - x),
        "swapped": lambda: bce(x, y),
        "logits": lambda: np.logaddexp(0, y) - x * y,
        "white": lambda: -x * np.log(y),
        "binarised": lambda: bce(y, x.round()),
    }
    return float(found[loss]().mean())


def _slope(y: Array, x: Array, loss: str) -> Array:
    """The slope of `_plain` for what goes into the sigmoid that gives y."""
    bent = y * (1 - y)
    found = {
        "bce": lambda: y - x,
        "mse": lambda: 2 * (y - x) * bent,
        "l1": lambda: np.sign(y - x) * bent,
        "swapped": lambda: -np.log(x / (1 - x)) * bent,
        "logits": lambda: (sigmoid(y) - x) * bent,
        "white": lambda: x * (y - 1),
        "binarised": lambda: y - x.round(),
    }
    return np.asarray(found[loss]() / x.size)


class Optimizer:
    """The state of an optimizer, and its steps."""

    def __init__(self, loop: Loop, rate: float):
        self.loop, self.rate = loop, loop.fixed or loop.rate * rate
        self.first: dict[str, Any] = {}
        self.second: dict[str, Any] = {}
        self.steps = 0

    def stepped(self, weights: Weights, slopes: Weights) -> dict[str, Array]:
        """The weights after one step."""
        self.steps += 1
        loop, found = self.loop, {}
        norm = float(np.sqrt(sum((g**2).sum() for g in slopes.values())))
        cut = min(1.0, loop.clipped / norm) if loop.clipped else 1.0
        for name, w in weights.items():
            g = cut * slopes[name] + loop.penalty * w
            kept = w * (1 - self.rate * loop.decay)
            frozen = loop.frozen and name.startswith(loop.frozen)
            found[name] = w if frozen else kept - self.rate * self._direction(name, g)
        return found

    def _direction(self, name: str, g: Array) -> Array:
        kind = self.loop.step
        if kind == "ascent":
            return -self._adam(name, g)
        return self._adam(name, g) if kind == "adam" else self._other(kind, name, g)

    def _adam(self, name: str, g: Array) -> Array:
        (a, b), t = self.loop.betas, self.steps
        m = self.first[name] = a * self.first.get(name, 0) + (1 - a) * g
        v = self.second[name] = b * self.second.get(name, 0) + (1 - b) * g**2
        return np.asarray(m / (1 - a**t) / (np.sqrt(v / (1 - b**t)) + self.loop.eps))

    def _other(self, kind: str, name: str, g: Array) -> Array:
        if kind == "sgd":
            return g
        if kind == "momentum":
            self.first[name] = 0.9 * self.first.get(name, 0) + g
            velocity: Array = self.first[name]
            return velocity
        if kind == "adamax":
            m = self.first[name] = 0.9 * self.first.get(name, 0) + 0.1 * g
            u = self.second[name] = np.maximum(0.999 * self.second.get(name, 0), np.abs(g) + 1e-8)
            return np.asarray(m / (1 - 0.9**self.steps) / u)
        share = 0.01 if kind == "rmsprop" else 1.0  # Adagrad keeps the whole sum
        self.second[name] = (0.99 if kind == "rmsprop" else 1) * self.second.get(name, 0) + (
            share * g**2
        )
        return np.asarray(g / (np.sqrt(self.second[name]) + 1e-8))


def ways(task: Task) -> Iterator[tuple[str, Loop]]:
    """What is written in place of the right loop."""
    right = Loop()
    for when in ("never", "epoch"):
        yield "gradients_not_zeroed", replace(right, zeroed=when)
    yield "optimizer_renewed", replace(right, renewed="step")
    yield "optimizer_renewed", replace(right, renewed="epoch")
    for kind in ("sgd", "momentum", "rmsprop", "adagrad", "adamax"):
        yield "another_optimizer", replace(right, step=kind)
    yield "loss_maximized", replace(right, step="ascent")
    for fixed in (1e-3, 1e-2, 1e-4):
        yield "learning_rate_ignored", replace(right, fixed=fixed)
    for factor in (10, 0.1, 2, 0.5):
        yield "learning_rate_scaled", replace(right, rate=factor)
    yield "weight_decay", replace(right, decay=0.01)
    for penalty in (0.1, 0.01, 1e-3, 1e-4):
        yield "weight_decay", replace(right, penalty=penalty)
    yield "summed_over_the_batch", replace(right, scaled="nd")
    yield "summed_over_the_batch", replace(right, scaled="n")
    yield "minibatch_left_out", replace(right, some=slice(1, None))
    yield "minibatch_left_out", replace(right, some=slice(None, -1))
    yield "first_minibatch_alone", replace(right, some=slice(0, 1))
    yield "last_minibatch_alone", replace(right, some=slice(-1, None))
    yield "one_epoch_alone", replace(right, epochs=1 - task.epochs)
    yield "epoch_left_out", replace(right, epochs=-1)
    yield "epoch_too_many", replace(right, epochs=1)
    for epochs in (5, 10):
        yield "epochs_ignored", replace(right, epochs=epochs - task.epochs)
    for training in (0, 1):
        yield "eval_mode", replace(right, training=training)
    for every in (0, 2):
        yield "steps_left_out", replace(right, every=every)
        yield "steps_left_out", replace(right, every=every, zeroed="never")
    yield "step_made_twice", replace(right, steps=2)
    yield from fading(right)
    yield from settings(right)
    for norm in (5.0, 1.0, 0.5, 0.1):
        yield "gradients_clipped", replace(right, clipped=norm)
    for side in ("encoder", "decoder"):
        yield f"{side}_not_trained", replace(right, frozen=side)
    if task.labels:
        yield "labels_lost", replace(right, told="none")
        yield "first_label_for_all", replace(right, told="first")
        for told in ("turned", "zero"):
            yield "labels_of_others", replace(right, told=told)
    if task.beta is None:
        yield "mse_for_bce", replace(right, loss="mse")
        yield "l1_for_bce", replace(right, loss="l1")
        yield "arguments_swapped", replace(right, loss="swapped")
        yield "bce_with_logits", replace(right, loss="logits")
        yield "bce_only_white_pixels", replace(right, loss="white")
        yield "target_binarised", replace(right, loss="binarised")
    else:
        yield "beta_ignored", replace(right, beta=1.0)
        yield "kl_left_out", replace(right, beta=0.0)


def fading(right: Loop) -> Iterator[tuple[str, Loop]]:
    """A learning rate that falls on the way."""
    for when, factors in (("epoch", (0.1, 0.5, 0.9, 0.95)), ("step", (0.9, 0.95, 0.99))):
        for factor in factors:
            yield "learning_rate_falls", replace(right, fades=when, fading=factor)


def settings(right: Loop) -> Iterator[tuple[str, Loop]]:
    """Adam with other settings than its default ones."""
    for betas in ((0.5, 0.999), (0.9, 0.99), (0.9, 0.9), (0.95, 0.999), (0.0, 0.999)):
        yield "adam_of_other_settings", replace(right, betas=betas)
    for eps in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
        yield "adam_of_other_settings", replace(right, eps=eps)


def weights_after(
    weights: Weights,
    batches: Sequence[Batch],
    epochs: int,
    rate: float,
    labels: int,
    beta: float | None,
) -> tuple[Array, Callable[[], Wrong]]:
    """All weights after training, in one row."""
    task = Task(weights, batches, epochs, rate, labels, beta)
    return run(task, Loop()), lambda: ((name, run(task, way)) for name, way in ways(task))


def weights_by_beta(
    weights: Weights,
    batches: Sequence[Batch],
    epochs: int,
    rate: float,
    labels: int,
    beta: float,
) -> tuple[Array, Callable[[], Wrong]]:
    """The same, where only beta is asked about."""
    task = Task(weights, batches, epochs, rate, labels, beta)
    others = [(name, way) for name, way in ways(task) if way.beta is not None]
    return run(task, Loop()), lambda: ((name, run(task, way)) for name, way in others)


def losses_of(
    weights: Weights,
    batches: Sequence[Batch],
    epochs: int,
    rate: float,
    labels: int,
    beta: float | None,
) -> tuple[Array, Callable[[], Wrong]]:
    """The loss of each minibatch before its step, (T,), or both its terms, (2, T)."""
    task = Task(weights, batches, epochs, rate, labels, beta)
    found = terms(task, Loop())
    if beta is None:
        return found[:, 0], lambda: _mistaken_losses(found[:, 0], found[:, 2], task)
    return found[:, :2].T, lambda: _mistaken_curves(found.T, task, beta)


def _mistaken_losses(before: Array, after: Array, task: Task) -> Iterator[tuple[str, Array]]:
    sizes = np.array([len(b[0]) for b in task.batches] * task.epochs)
    pixels = task.batches[0][0][0].size
    yield "loss_after_step", after
    yield "summed_over_pixels", before * pixels
    yield "summed_over_the_batch", before * pixels * sizes
    yield "summed_over_the_batch", before * sizes
    yield "losses_added_up", np.cumsum(before)
    yield from _fewer(before, task.epochs)


def _mistaken_curves(terms: Array, task: Task, beta: float) -> Iterator[tuple[str, Array]]:
    far, wide = terms[:2]
    yield "curves_swapped", np.stack([wide, far])
    yield "total_for_a_term", np.stack([far + beta * wide, wide])
    yield "total_for_a_term", np.stack([far, far + beta * wide])
    yield "kl_weighted_in_curve", np.stack([far, beta * wide])
    yield "loss_after_step", terms[2:]
    yield from _fewer(terms[:2], task.epochs)


def _fewer(losses: Array, epochs: int) -> Iterator[tuple[str, Array]]:
    """One number an epoch, or the last alone."""
    each = losses.reshape(*losses.shape[:-1], epochs, -1)
    yield "one_loss_an_epoch", each.mean(-1)
    yield "one_loss_an_epoch", each[..., -1]
    yield "one_loss_an_epoch", each.sum(-1)
    yield "last_epoch_alone", each[..., -1, :]
    yield "last_loss_alone", losses[..., -1:]
