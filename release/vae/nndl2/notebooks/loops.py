"""An epoch of training, for notebooks that do not ask for one, and a pass without training."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nndl2 import NotReady
from nndl2.checks.collapse import posterior_collapse
from nndl2.data import ImageSet, Preloaded, train_loader
from nndl2.notebooks.capture import Graphs, Outputs, Recorder, Replayed, Step
from nndl2.notebooks.progress import bar

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]

LEARNING_RATE = 1e-3
LOOKED_AT = 32  # of so many minibatches one is asked for the two terms of its loss
_optimizers: WeakKeyDictionary[nn.Module, torch.optim.Adam] = WeakKeyDictionary()
_replayed: WeakKeyDictionary[nn.Module, Replayed] = WeakKeyDictionary()
_trained: dict[str, list[Epoch]] = {}  # the epochs of the last model of each class


class Stopped(KeyboardInterrupt):
    """Training was interrupted by hand; a notebook shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Epoch:
    """What a loss curve needs of one epoch: means over its minibatches, in nats an image.

    loss = reconstruction + kl, of which kl is the mean of every 32nd minibatch; losses: the loss of
    each minibatch, in order; mean_image: the cost of the mean image in place of every image.
    """

    number: int
    loss: float
    reconstruction: float
    kl: float
    losses: tuple[float, ...] = field(repr=False)
    mean_image: float = field(default=math.nan, repr=False)

    @property
    def collapse(self) -> str:
        """That the posterior has collapsed, and through what, if a training ends like this."""
        return posterior_collapse(self.loss, self.kl, self.mean_image)


def train_vae(
    epoch: int,
    model: nn.Module,
    train_loader: Iterable[Any],
    cond: bool = False,
    loss_function: Loss | None = None,
    num_classes: int = 10,
) -> Epoch:
    """Train `model` for one epoch with Adam and print the epoch's mean loss.

    Args:
        epoch: its number, for the printed line.
        model: x -> (x_hat, mu, logvar); its weights change, on the device they are on. One Adam
            (learning rate 1e-3) stays with a model from epoch to epoch.
        train_loader: gives minibatches (images (N, 1, H, W), labels (N,)).
        cond: call the model as model(x, c), c the labels as one-hot rows, float32 (N, C).
        loss_function: (x_hat, x, mu, logvar) -> scalar; by default the function of that name in
            the module that defines the model's class.
        num_classes: C, the length of a one-hot label.

    Raises NotReady, in one sentence, when something is not written yet or does not fit.
    """
    loss_function = loss_function or _loss_beside(model)
    optimizer = _optimizer(model)
    device = next(model.parameters()).device
    model.train()
    losses: list[Tensor] = []
    kls: list[Tensor] = []
    means: list[Tensor] = []  # the mean image of each minibatch, (1, H, W)
    total = len(train_loader) if isinstance(train_loader, Sized) else None
    step, classes = _step(model, optimizer, loss_function), num_classes if cond else None
    with bar(total, f"Epoch {epoch}") as progress, _near(train_loader, device, classes):
        try:
            for batch in train_loader:  # not through the bar, which would keep its workers alive
                inputs = [each.to(device) for each in _inputs(batch, cond, num_classes)]
                loss, *outputs = step(model, *inputs)
                if len(losses) % LOOKED_AT == 0:
                    kls.append(_kl(loss_function, outputs, inputs[0], loss))
                losses.append(loss.clone())
                means.append(inputs[0].mean(dim=0))
                progress.update()
        except KeyboardInterrupt:
            text = f"Stopped in epoch {epoch} after {len(losses)} minibatches"
            raise Stopped(f"{text}; the model keeps what it has learned.") from None
    return _remember(model, _report(epoch, losses, kls, means))


def train_arrays(
    epoch: int, model: nn.Module, images: Tensor, labels: Tensor, cond: bool = False
) -> Epoch:
    """`train_vae` on images uint8 (N, 28, 28) and labels (N,) in memory, on a GPU if there is one.

    An epoch is as long as it is in the notebook: 468 minibatches of 128.
    """
    if torch.cuda.is_available():
        model.to("cuda")
    found = ImageSet(images.numpy(), labels.numpy(), "memory")
    return train_vae(epoch, model, train_loader(found), cond)


def _step(model: nn.Module, optimizer: torch.optim.Adam, loss_function: Loss) -> Step:
    """A step of training: the loss of a minibatch, its gradients, and Adam's change of the weights.

    It returns the loss, x_hat, mu and logvar. On a GPU it is replayed where that comes to the same.
    """

    def step(model: nn.Module, *inputs: Tensor) -> Outputs:
        outputs = _outputs(model, inputs)
        loss = _loss(loss_function, outputs, inputs[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return tuple(each.detach() for each in (loss, *outputs))

    recorder = _recorder(next(model.parameters()).device)
    if recorder is None:
        return step
    beside, kept = (loss_function, type(model).forward), _replayed.get(model)
    if kept is None or (kept.optimizer, kept.beside) != (optimizer, beside):
        kept = None
    if kept is None or not kept.still_holds(model):
        kept = _replayed[model] = Replayed(step, optimizer, recorder, beside)
    return kept


def _recorder(device: torch.device) -> Recorder | None:
    return Graphs() if device.type == "cuda" else None


@contextmanager
def _near(loader: Iterable[Any], device: torch.device, classes: int | None) -> Iterator[None]:
    """While an epoch lasts, the images of `nndl2.data` lie on the device that trains on them."""
    images = getattr(loader, "dataset", None)
    if device.type == "cpu" or not isinstance(images, Preloaded):
        yield
        return
    kept = images.images, images.labels
    if classes is not None:
        _check_range(images.labels, classes)
    images.images, images.labels = (each.to(device) for each in kept)
    try:
        yield
    finally:
        images.images, images.labels = kept


@torch.no_grad()
def passed_through(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x_hat, mu and logvar of images (N, 1, H, W), on the CPU and without gradients.

    Raises NotReady, in one sentence, when something is not written yet or does not fit.
    """
    model.eval()
    x_hat, mu, logvar = _outputs(model, [images.to(_parameters(model)[0].device)])
    return x_hat.cpu(), mu.cpu(), logvar.cpu()


def epoch_losses(name: str) -> np.ndarray:
    """The mean losses of the epochs that the last model of class `name` was trained for here."""
    return np.array([epoch.loss for epoch in _trained.get(name, [])])


def epoch_collapse(name: str) -> str:
    """`Epoch.collapse` of the last of these epochs; nothing without any."""
    return _trained[name][-1].collapse if _trained.get(name) else ""


def _remember(model: nn.Module, epoch: Epoch) -> Epoch:
    epochs = _trained.setdefault(type(model).__name__, [])
    if epoch.number == 0:
        epochs.clear()
    epochs.append(epoch)
    return epoch


def _loss_beside(model: nn.Module) -> Loss:
    name = type(model).__module__
    found = getattr(sys.modules.get(name), "loss_function", None)
    if not callable(found):
        raise NotReady(
            f"There is no loss_function beside {type(model).__name__} in {name}: write it there, "
            "or call train_vae(..., loss_function=...)."
        )
    return found


def _optimizer(model: nn.Module) -> torch.optim.Adam:
    """The Adam that lives as long as its model, a new one when the model got new parameters."""
    parameters = _parameters(model)
    adam = _optimizers.get(model)
    if adam is None or list(map(id, adam.param_groups[0]["params"])) != list(map(id, parameters)):
        adam = _optimizers[model] = _adam(parameters)
    adam.param_groups[0]["capturable"] = parameters[0].is_cuda  # a CUDA graph holds its steps too
    adam.load_state_dict(adam.state_dict())  # the moments follow the model to its device
    return adam


def _adam(parameters: list[nn.Parameter]) -> torch.optim.Adam:
    """Adam in one pass over all weights, where torch has that for them."""
    try:
        return torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, lr=LEARNING_RATE)


def _parameters(model: nn.Module) -> list[nn.Parameter]:
    parameters = list(model.parameters())
    if not parameters:
        raise NotReady(f"{type(model).__name__} has no layers yet: write them in its __init__.")
    return parameters


def _inputs(batch: Any, cond: bool, num_classes: int) -> list[Tensor]:
    """The model's inputs: x, and with `cond` the one-hot labels."""
    x = batch if isinstance(batch, Tensor) else batch[0]
    if not x.is_floating_point():
        raise NotReady(f"train_vae needs pixels as floats in [0, 1], not {x.dtype}; divide by 255.")
    if not cond:
        return [x]
    if isinstance(batch, Tensor) or len(batch) < 2:
        raise NotReady("cond=True needs a loader whose minibatches are (images, labels).")
    labels = batch[1].long()  # (N,)
    if labels.device.type == "cpu":  # a GPU would have to be waited for; `_near` looked before
        _check_range(labels, num_classes)
    return [x, F.one_hot(labels, num_classes).float()]  # (N,) -> (N, C)


def _check_range(labels: Tensor, num_classes: int) -> None:
    if labels.min() < 0 or labels.max() >= num_classes:
        text = f"from {labels.min()} to {labels.max()}, but num_classes is {num_classes}"
        raise NotReady(f"The labels run {text}: they have to lie from 0 to num_classes - 1.")


def _outputs(model: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    name, outputs = f"{type(model).__name__}.forward", model(*inputs)
    if outputs is None:
        raise NotReady(f"{name} returned None: it is not written yet, or lacks its return.")
    if not isinstance(outputs, (tuple, list)) or len(outputs) != 3:
        got = f"{len(outputs)} values" if isinstance(outputs, (tuple, list)) else "one value"
        raise NotReady(f"{name} has to return the three tensors x_hat, mu, logvar, not {got}.")
    for what, output in zip(("x_hat", "mu", "logvar"), outputs):
        if not isinstance(output, Tensor):
            kind = "None" if output is None else f"a {type(output).__name__}"
            raise NotReady(f"{name} returned {kind} as {what}; it has to be a tensor.")
    return outputs[0], outputs[1], outputs[2]


def _loss(loss_function: Loss, outputs: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    x_hat, mu, logvar = outputs
    loss = loss_function(x_hat, x, mu, logvar)
    if loss is None:
        raise NotReady("loss_function returned None: it is not written yet, or lacks its return.")
    if not isinstance(loss, Tensor):
        raise NotReady(f"loss_function has to return a tensor, not a {type(loss).__name__}.")
    if loss.numel() != 1:
        shape = tuple(loss.shape)
        raise NotReady(f"loss_function has to return one number for the minibatch, not {shape}.")
    if not loss.requires_grad:
        raise NotReady("The loss has no gradient: is there a detach, an item or a no_grad in it?")
    return loss


@torch.no_grad()
def _kl(loss_function: Loss, outputs: Sequence[Tensor], x: Tensor, loss: Tensor) -> Tensor:
    """What is left of the loss without its first term: that is the loss where the posterior is the
    prior itself."""
    x_hat, mu, logvar = outputs
    return loss - loss_function(x_hat, x, torch.zeros_like(mu), torch.zeros_like(logvar))


def _cost_of_itself(image: Tensor) -> float:
    """What an image (1, H, W) costs that is predicted with its own pixels, in nats."""
    return (torch.special.entr(image) + torch.special.entr(1 - image)).sum().item()


def _report(epoch: int, losses: list[Tensor], kls: list[Tensor], means: list[Tensor]) -> Epoch:
    if not losses:
        raise NotReady("train_loader gave no minibatch: is it empty, or used up already?")
    each = torch.stack([loss.reshape(()) for loss in losses]).tolist()
    loss = math.fsum(each) / len(each)
    if not math.isfinite(loss):
        first = next(i for i, value in enumerate(each) if not math.isfinite(value))
        raise NotReady(
            f"The loss became {each[first]} at minibatch {first} of epoch {epoch}: look for a "
            "wrong sign, or a log or exp without bound, and build the model anew."
        )
    kl = torch.stack(kls).double().mean().item()
    print(f"Train Epoch: {epoch}  Loss: {loss:.6f}")
    cost = _cost_of_itself(torch.stack(means).mean(dim=0))
    return Epoch(epoch, loss, loss - kl, kl, tuple(each), cost)
