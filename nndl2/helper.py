"""What the notebook calls by name: a greeting, a grid of images, an epoch of training."""

from __future__ import annotations

from nndl2.notebooks.loops import (
    Epoch,
    epoch_collapse,
    epoch_losses,
    train_arrays,
    train_vae,
)
from nndl2.notebooks.pictures import show_images

__all__ = [
    "Epoch",
    "epoch_collapse",
    "epoch_losses",
    "hello_helper",
    "show_images",
    "train_arrays",
    "train_vae",
]


def hello_helper() -> None:
    """Print a greeting, which shows the notebook that it found this file."""
    print("Hello from helper.py!")
