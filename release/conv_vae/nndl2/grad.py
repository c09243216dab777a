"""How far a result lies from the expected one."""

from __future__ import annotations

from typing import Any

import torch

from nndl2 import NotReady


def rel_error(x: Any, y: Any, eps: float = 1e-10) -> float:
    """The relative error max|x - y| / max(clamp(|x| + |y|, eps)), 0 where both are equal.

    Both maxima run over all elements, so the largest difference is divided by the largest sum,
    which may stand elsewhere. `x` and `y` are tensors, arrays or plain numbers, of shapes that
    broadcast. Raises NotReady when one of them is None or no number, or the shapes do not fit.
    """
    a, b = _tensor(x), _tensor(y)
    try:
        difference, size = (a - b).abs(), a.abs() + b.abs()
    except RuntimeError:
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise NotReady(f"rel_error compares results of one shape, but got {shapes}.") from None
    if not difference.numel():
        raise NotReady(f"rel_error got nothing to compare: shape {tuple(difference.shape)}.")
    return (difference.max() / size.clamp(min=eps).max()).item()


def _tensor(value: Any) -> torch.Tensor:
    if value is None:
        raise NotReady("rel_error got None: the function under test is not written yet.")
    try:
        tensor = torch.as_tensor(value).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        kind = type(value).__name__
        raise NotReady(f"rel_error compares numbers, arrays or tensors, not {kind}.") from None
    return tensor if tensor.is_floating_point() else tensor.double()
