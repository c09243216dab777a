"""What an epoch of `train_vae` takes beside the tutorial's loop, and beside its matrix products.

`python -m benchmarks.training [EPOCHS]` prints the figures. All run on one thread, as a worker of
the grader does, in turns, so that whatever else the machine does meets all alike.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from autograder import assignments
from benchmarks.figures import Row, absent, compared, single
from nndl2.data import ImageSet, mnist, train_loader
from nndl2.helper import train_vae
from nndl2.probing.student import Student

N = 128
MINIBATCHES = 468
SLICE = 52  # minibatches in a turn, nine turns an epoch
EPOCHS = 10
LATENT = 15
GPU_SECONDS = 1.5


def reference() -> Any:
    """The module with the reference, as a student's is loaded."""
    private = assignments.load("vae")
    return Student(private.reference, private.public.module).module


def products(model: nn.Module) -> Callable[[], None]:
    """The matrix products of a step and nothing else: one forward and two backward a layer, of
    which the first layer needs one."""
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    asked = []
    for number, layer in enumerate(layers):
        x, weight = torch.rand(N, layer.in_features), layer.weight.detach()  # (N, D_in)
        slope = torch.rand(N, layer.out_features)  # (N, D_out)
        asked += [(x, weight.t()), (slope.t(), x)]
        asked += [(slope, weight)] if number else []
    made = [(a, b, torch.empty(a.shape[0], b.shape[1])) for a, b in asked]

    def step() -> None:
        for a, b, out in made:
            torch.mm(a, b, out=out)

    return step


class Pictures(torch.utils.data.Dataset[tuple[Any, int]]):
    """MNIST as torchvision gives it: a PIL image at a time, turned into a tensor by ToTensor."""

    def __init__(self, images: ImageSet):
        from torchvision.transforms import ToTensor

        self.images, self.turned = images, ToTensor()

    def __len__(self) -> int:
        return N * MINIBATCHES

    def __getitem__(self, number: int) -> tuple[Any, int]:
        from PIL import Image

        number %= len(self.images)
        image, label = self.images.images[number], self.images.labels[number]
        return self.turned(Image.fromarray(image)), int(label)


def tutorial(model: nn.Module, loss_function: Any, loader: Iterable[Any]) -> None:
    """The loop of the tutorials, as the seeds have it, with a bar and a running total."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    total = 0.0
    for x, _ in loader:
        x_hat, mu, logvar = model(x)
        loss = loss_function(x_hat, x, mu, logvar)
        optimizer.zero_grad()
        loss.backward()
        total += loss.item()
        optimizer.step()


class Some:
    """The next so many minibatches of one running epoch, and a new one when it is over."""

    def __init__(self, loader: DataLoader[Any]):
        self.loader, self.left = loader, iter(loader)

    def __len__(self) -> int:
        return SLICE

    def __iter__(self) -> Iterator[Any]:
        for _ in range(SLICE):
            batch = next(self.left, None)
            if batch is None:
                self.left = iter(self.loader)
                batch = next(self.left)
            yield batch


def slices(turns: int) -> dict[str, float]:
    """Seconds an epoch of ours, of the tutorial's loop and of the products: medians of `turns`."""
    torch.set_num_threads(1)
    student, images = reference(), mnist(download=False)
    models = [student.VAE(784, LATENT) for _ in range(2)]
    pictures = Pictures(images)
    theirs = DataLoader(pictures, batch_size=N, shuffle=True, drop_last=True, num_workers=2)
    step, ours, running = products(models[0]), Some(train_loader(images)), Some(theirs)

    def by_ours() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            train_vae(0, models[0], ours, loss_function=student.loss_function)

    def by_tutorial() -> None:
        tutorial(models[1], student.loss_function, running)

    def by_products() -> None:
        for _ in range(SLICE):
            step()

    ways = {"ours": by_ours, "tutorial": by_tutorial, "products": by_products}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:  # the first one warms up
                spent[name].append(time.perf_counter() - start)
    return {n: statistics.median(each) * MINIBATCHES / SLICE for n, each in spent.items()}


def rows(epochs: int) -> list[Row]:
    """Row 4 of the benchmarks, measured on so many epochs' minibatches, and row 5."""
    spent = slices(max(3, epochs * MINIBATCHES // SLICE))
    ours, name = spent["ours"] * EPOCHS, "ten epochs on the CPU, seconds, against"
    return [
        compared(f"{name} the tutorial's loop", ours, spent["tutorial"] * EPOCHS),
        compared(f"{name} their matrix products", ours, spent["products"] * EPOCHS, most=1.4),
        on_gpu(),
    ]


def on_gpu() -> Row:
    """Seconds of ten epochs on a GPU, after two that warm up."""
    name = "ten epochs on a GPU, seconds"
    if not torch.cuda.is_available():
        return absent(name, f"at most {GPU_SECONDS:g}", "there is no GPU here")
    student, images = reference(), mnist(download=False)
    model = student.VAE(784, LATENT).to("cuda")
    given = train_loader(images)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for epoch in range(2 + EPOCHS):
            if epoch == 2:
                torch.cuda.synchronize()
                start = time.perf_counter()
            train_vae(epoch, model, given, loss_function=student.loss_function)
    torch.cuda.synchronize()
    return single(name, time.perf_counter() - start, most=GPU_SECONDS)


def main() -> None:
    """Print the rows."""
    from benchmarks.figures import table

    print(table(rows(int(sys.argv[1]) if sys.argv[1:] else 2)))


if __name__ == "__main__":
    main()
