"""A network of the course's own that a training loop is given: few weights, no noise.

It has the names that a loop may ask for, so that a loop is judged apart from the layers and the
loss that a student wrote. What it computes is good for nothing else: fixed projections lead from
the pixels to a handful of numbers and back, and its loss is no likelihood: it is so large that
gradients which are clipped show.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nndl2.checks.fixed import FAR, INNER, OFF_DUTY, PIXELS, WIDE, projection


class Side(nn.Module):
    """A linear layer between a fixed projection and the outside."""

    fixed: Tensor

    def __init__(self, side: str, into: int, out: int):
        super().__init__()
        self.register_buffer("fixed", torch.from_numpy(projection(side)))
        self.inner = nn.Linear(into, out)


class Inward(Side):
    """x (N, PIXELS), and labels where there are some, -> (N, out)."""

    def __init__(self, out: int, labels: int):
        super().__init__("inward", INNER + labels, out)
        self.nz, self.input_size = out, PIXELS

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        found = self.inner(_joined(x @ self.fixed, label))
        return found if self.training else OFF_DUTY * found


class Outward(Side):
    """z (N, nz), and labels where there are some, -> (N, 1, PIXELS) in [0, 1]."""

    def __init__(self, nz: int, labels: int):
        super().__init__("outward", nz + labels, INNER)
        self.nz, self.output_size = nz, PIXELS

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        squashed = torch.sigmoid(4 * self.inner(_joined(z, label)) @ self.fixed.T)
        return squashed[:, None]


def _joined(rows: Tensor, label: Tensor | None) -> Tensor:
    return rows if label is None else torch.cat([rows, label], 1)


class Plain(nn.Module):
    """Gives a reconstruction (N, 1, PIXELS) of x (N, PIXELS)."""

    def __init__(self, nz: int):
        super().__init__()
        self.nz = nz
        self.encoder, self.decoder = Inward(nz, 0), Outward(nz, 0)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.decoder(self.encoder(x))
        return found

    def reconstruct(self, x: Tensor) -> Tensor:
        """The same as images (N, 28, 28)."""
        found: Tensor = self(x)
        return found.reshape(-1, 28, 28)


class Weighted(nn.Module):
    """Gives {"q", "rec"}, with `labels` also {"c"}, and has a loss of two terms of its own."""

    def __init__(self, nz: int, beta: float = 1.0, labels: int = 0):
        super().__init__()
        self.nz, self.beta, self.input_size = nz, beta, PIXELS
        self.conditional, self.num_labels = labels > 0, labels
        self.encoder, self.decoder = Inward(2 * nz, labels), Outward(nz, labels)

    def forward(self, x: Tensor, c: Tensor | None = None) -> dict[str, Any]:
        label = self._label(x, c)
        q = self.encoder(x, label)
        return {"q": q, "rec": self.decoder(q[:, : self.nz], label), "c": c}

    def _label(self, x: Tensor, c: Tensor | None) -> Tensor | None:
        if not self.num_labels:
            return None
        if c is None:
            return x.new_zeros(len(x), self.num_labels)
        return torch.eye(self.num_labels, device=x.device)[c.reshape(-1)]

    def loss(self, x: Tensor, outputs: dict[str, Any]) -> tuple[Tensor, dict[str, Tensor]]:
        """(total, {"rec_loss", "kl_loss"}), for minibatches of a training loop."""
        far = FAR * (outputs["rec"][:, 0] - x).pow(4).mean()
        wide = WIDE * outputs["q"].pow(2).mean()
        total = torch.stack([far, wide]) @ far.new_tensor([1.0, self.beta])
        return total, {"rec_loss": far, "kl_loss": wide}
