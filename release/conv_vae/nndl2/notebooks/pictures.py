"""A grid of images, drawn once."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from nndl2 import NotReady

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 1  # pixels between the images of a grid


def show_images(
    images: Any,
    rows: int | None = None,
    columns: int | None = None,
    marks: tuple[str, str] | None = None,
) -> Figure:
    """Draw a minibatch of grey images as one grid, row by row, thin lines between them.

    Args:
        images: tensor or array (B, D) with D a square, (B, H, W) or (B, 1, H, W).
        rows, columns: of the grid; by default ceil(sqrt(B)) columns and the rows this takes.
        marks: words to put over the first and the last column, as for an interpolation's ends,
            which are framed then.

    Returns the figure. Raises NotReady when the images have no such shape or do not fit.
    """
    import matplotlib.pyplot as plt

    stack = _as_stack(images)
    grid, columns = _tiled(stack, rows, columns)
    figure = plt.figure()
    axis = figure.add_subplot()
    low, high = min(0.0, float(np.nanmin(grid))), max(1.0, float(np.nanmax(grid)))
    axis.imshow(grid, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    axis.set_axis_off()
    if marks:
        _mark(axis, grid.shape[0], stack.shape[2], columns, marks)
    # without this a notebook would draw the figure twice when the call ends a cell
    figure._ipython_display_ = partial(_show, figure)  # type: ignore[attr-defined]  # IPython's hook
    return figure


def _as_stack(images: Any) -> np.ndarray:
    """Images as float64 (B, H, W)."""
    if isinstance(images, Tensor):
        images = images.detach().cpu()
    stack = np.asarray(images, dtype=np.float64)
    if stack.ndim == 4 and stack.shape[1] == 1:
        stack = stack[:, 0]  # (B, 1, H, W) -> (B, H, W)
    if stack.ndim == 2:
        side = math.isqrt(stack.shape[1])
        if side * side != stack.shape[1]:
            text = f"{stack.shape[1]} pixels make no square image"
            raise NotReady(f"show_images: {text}; give the images as (B, 1, H, W).")
        stack = stack.reshape(-1, side, side)  # (B, D) -> (B, H, W)
    if stack.ndim != 3 or not stack.size:
        shape = tuple(stack.shape)
        raise NotReady(f"show_images needs images as (B, D) or (B, 1, H, W), not {shape}.")
    return stack


def _tiled(stack: np.ndarray, rows: int | None, columns: int | None) -> tuple[np.ndarray, int]:
    """(B, H, W) -> one image of all, NaN between and where none is; and the number of columns."""
    count, height, width = stack.shape
    columns = columns or (math.ceil(count / rows) if rows else math.ceil(math.sqrt(count)))
    rows = rows or math.ceil(count / columns)
    if rows < 1 or columns < 1 or rows * columns < count:
        raise NotReady(f"show_images: {count} images do not fit into {rows} x {columns} places.")
    tiles = np.full((rows * columns, height + GAP, width + GAP), np.nan)
    tiles[:count, :height, :width] = stack
    tiles = tiles.reshape(rows, columns, height + GAP, width + GAP).swapaxes(1, 2)
    return tiles.reshape(rows * (height + GAP), -1)[:-GAP, :-GAP], columns


def _mark(axis: Axes, height: int, width: int, columns: int, marks: tuple[str, str]) -> None:
    """Frame the first and the last column and write the words of `marks` over them."""
    from matplotlib.patches import Rectangle

    for column, word in zip((0, columns - 1), marks):
        left = column * (width + GAP) - 0.5
        axis.add_patch(Rectangle((left, -0.5), width, height, fill=False, ec="tab:orange", lw=2))
        axis.text(left + width / 2, -1.5, word, ha="center", va="bottom", color="tab:orange")


def _show(figure: Figure) -> None:
    """IPython's hook: draw the figure and tell pyplot, which would draw it when the cell ends."""
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import print_figure
    from IPython.display import Image, display

    plt.close(figure)
    display(Image(data=print_figure(figure), format="png"))
