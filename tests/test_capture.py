"""A step that is recorded and replayed: kept where it comes to the same, and only there.

The recorder of these tests does on the CPU what a CUDA graph does: it keeps the operations on
tensors, with the places they read and write, and refuses to let Python read a number.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from nndl2.helper import train_vae
from nndl2.notebooks import capture, loops
from nndl2.utils import reset_seed

STEPS = capture.WARM_UP + capture.COMPARED + 5
calls = 0


class Recording(TorchDispatchMode):
    """Keeps every operation with its operands and results; a number read back raises."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing")
        out = func(*args, **(kwargs or {}))
        self.done.append((func, args, kwargs or {}, out))
        return out


class Tape:
    """The recorder: what it records is done once, and undone by who asked for it."""

    def __init__(self) -> None:
        self.replays = 0

    def aside(self) -> nullcontext[None]:
        return nullcontext()

    def record(self, step: Callable[[], Any]) -> tuple[Callable[[], None], Any]:
        with Recording() as recording:
            outputs = step()

        def replay() -> None:
            self.replays += 1
            with torch.no_grad():
                for func, args, kwargs, out in recording.done:
                    fill(out, func(*args, **kwargs))

        return replay, outputs


def fill(places: Any, found: Any) -> None:
    """Write the results where those of the recorded operation lay."""
    for place, each in zip(tree_flatten(places)[0], tree_flatten(found)[0]):
        if isinstance(place, Tensor) and place.data_ptr() != each.data_ptr():
            place.copy_(each)


def loss_function(x_hat: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """An invented loss of two terms."""
    return (x_hat - x).pow(2).mean() + (mu.pow(2) + logvar.pow(2)).mean()


class Net(nn.Module):
    """Four pixels, two latent numbers, noise of torch's."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(4, 4), nn.Linear(2, 4)

    def noise(self, mu: Tensor) -> Tensor:
        return torch.randn_like(mu)

    def forward(self, x: Tensor) -> Any:
        mu, logvar = self.encoder(x.flatten(1)).chunk(2, dim=1)  # (N, 4) -> (N, 2) twice
        z = mu + (1 + logvar.pow(2)) * self.noise(mu)
        return self.decoder(z).reshape(-1, 1, 2, 2), mu, logvar


class NumPyNoise(Net):
    def noise(self, mu: Tensor) -> Tensor:
        return torch.from_numpy(np.random.standard_normal(mu.shape).astype(np.float32))


class RandomNoise(Net):
    def noise(self, mu: Tensor) -> Tensor:
        return torch.full_like(mu, random.random())


class Counter(Net):
    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def noise(self, mu: Tensor) -> Tensor:
        self.steps += 1  # matters after a hundred steps only
        return torch.randn_like(mu) * (1 if self.steps < 100 else 0)


class CounterBeside(Net):
    def noise(self, mu: Tensor) -> Tensor:
        global calls
        calls += 1
        return torch.randn_like(mu)


class CounterOfTheClass(Net):
    steps = 0

    def noise(self, mu: Tensor) -> Tensor:
        type(self).steps += 1
        return torch.randn_like(mu)


class Item(Net):
    def noise(self, mu: Tensor) -> Tensor:
        return torch.randn_like(mu) * mu.std().item()


class Branch(Net):
    def noise(self, mu: Tensor) -> Tensor:
        return torch.randn_like(mu) if mu.mean() > 0 else torch.zeros_like(mu)


class Coin(Net):
    def noise(self, mu: Tensor) -> Tensor:
        return torch.randn_like(mu) if random.random() < 0.5 else torch.zeros_like(mu)


class Normed(Net):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.drop = nn.BatchNorm1d(2), nn.Dropout(0.3)

    def noise(self, mu: Tensor) -> Tensor:
        return self.drop(self.norm(mu)) + torch.randn_like(mu)


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tape]:
    torch.set_num_threads(1)
    found = Tape()
    monkeypatch.setattr(loops, "_recorder", lambda device: found)
    yield found


def minibatches(count: int = STEPS, last: int = 6) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    sizes = [6] * (count - 1) + [last]
    return [(torch.rand(n, 1, 2, 2, generator=generator), torch.zeros(n)) for n in sizes]


def both(kind: type[Net], batches: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The losses and the weights of an epoch that may be replayed, and of one that is not."""
    found = []
    for recorder in (None, loops._recorder):
        reset_seed(1)
        model = kind()
        with monkeypatch.context() as patch:
            if recorder is None:
                patch.setattr(loops, "_recorder", lambda device: None)
            epoch = train_vae(0, model, batches, loss_function=loss_function)
        found.append((epoch.losses, [p.detach().clone() for p in model.parameters()]))
    return found[1], found[0]


@pytest.mark.parametrize("kind", [Net, Normed])
def test_a_step_that_only_computes_is_replayed_and_comes_to_the_same(
    kind: type[Net], tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, plain = both(kind, minibatches(last=4), monkeypatch)
    assert tape.replays == capture.COMPARED + 4  # the last minibatch is a short one
    assert ours[0] == pytest.approx(plain[0], rel=1e-5)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours[1], plain[1]))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (NumPyNoise, "its replays and the step itself differ"),
        (RandomNoise, "its replays and the step itself differ"),
        (Coin, "its replays and the step itself differ"),
        (Counter, "a step changes what Python keeps"),
        (CounterBeside, "a step changes what Python keeps"),
        (CounterOfTheClass, "a step changes what Python keeps"),
        (Item, "it cannot be recorded (RuntimeError)"),
        (Branch, "it cannot be recorded (RuntimeError)"),
    ],
)
def test_a_step_that_a_replay_would_not_repeat_goes_on_as_it_is(
    kind: type[Net],
    why: str,
    tape: Tape,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    ours, plain = both(kind, minibatches(), monkeypatch)
    (line,) = (r.getMessage() for r in caplog.records if r.name == capture.log.name)
    assert line.startswith(f"{kind.__name__} is trained step by step") and why in line
    assert tape.replays <= capture.COMPARED
    assert ours[0] == pytest.approx(plain[0], rel=1e-5)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours[1], plain[1]))


def test_a_replay_is_kept_from_epoch_to_epoch_while_the_weights_stay_where_they_are(
    tape: Tape,
) -> None:
    model = Net()
    for epoch in range(2):
        train_vae(epoch, model, minibatches(), loss_function=loss_function)
    assert tape.replays == 2 * STEPS - capture.WARM_UP
    model.encoder = nn.Linear(4, 4)  # a replay would train the old one
    before = model.encoder.weight.detach().clone()
    train_vae(2, model, minibatches(capture.WARM_UP), loss_function=loss_function)
    assert tape.replays == 2 * STEPS - capture.WARM_UP
    assert not torch.equal(before, model.encoder.weight)


def test_an_epoch_that_may_be_replayed_leaves_the_streams_as_a_plain_one_does(
    tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = []
    for recorder in (loops._recorder, lambda device: None):
        monkeypatch.setattr(loops, "_recorder", recorder)
        reset_seed(2)
        train_vae(0, Net(), minibatches(), loss_function=loss_function)
        after.append((random.random(), float(np.random.random()), torch.rand(()).item()))
    assert after[0] == after[1]
