"""A network as a row of boxes, with the numbers that each image has at every point of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

COLOURS = {"pixels": "lightgray", "hidden": "#a6c8e8", "latent": "#f7c38e", "label": "#b5dfb0"}
GAP = 0.12  # between boxes on each other
HALF = 0.21  # of a box's width
TALLEST = 3.0  # the box of the largest size

Box = tuple[str, int, str]  # its text, its size, and the kind that gives its colour


def draw_network(
    columns: Sequence[Sequence[Box]],
    captions: Sequence[str],
    arrows: Sequence[str],
    halves: Mapping[str, tuple[float, float]],
    noise: int | None = None,
) -> None:
    """Draw a network from left to right; heights of boxes are logarithms of their sizes.

    Args:
        columns: for each step the boxes that stand on each other, from the top.
        captions: what stands below each column.
        arrows: what stands over the arrow from each column to the next one.
        halves: name -> (first column, last column), for the lines above.
        noise: the column that noise goes into.
    """
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(max(12, 1.5 * len(columns)), 4.2))
    largest = math.log(max(size for boxes in columns for _, size, _ in boxes))
    tops = []
    for place, (boxes, caption) in enumerate(zip(columns, captions)):
        tops.append(_draw_boxes(axis, place, boxes, largest))
        axis.text(place, -tops[-1] - 0.12, caption, ha="center", va="top", fontsize=11)
    for place, text in enumerate(arrows):
        _draw_arrow(axis, (place + HALF + 0.04, 0), (place + 1 - HALF - 0.04, 0))
        axis.text(place + 0.5, 0.1, text, ha="center", va="bottom", fontsize=9)
    if noise is not None:
        high = tops[noise] + 0.6
        _draw_arrow(axis, (noise, high), (noise, tops[noise] + 0.04))
        axis.text(noise, high, r"noise $\varepsilon$", ha="center", va="bottom", fontsize=11)
    for name, (first, last) in halves.items():
        axis.plot((first - HALF, last + HALF), (2.6, 2.6), color="black", lw=1)
        axis.text((first + last) / 2, 2.67, name, ha="center", va="bottom")
    axis.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-2.6, 3.15))
    axis.set_axis_off()
    plt.show()


def _draw_boxes(axis: Any, place: int, boxes: Sequence[Box], largest: float) -> float:
    """Draw boxes on each other in the middle of a column; the height of their top."""
    from matplotlib.patches import Rectangle

    heights = [TALLEST * math.log(size) / largest for _, size, _ in boxes]
    top = highest = (sum(heights) + GAP * (len(boxes) - 1)) / 2
    for (text, _, kind), height in zip(boxes, heights):
        corner, face = (place - HALF, top - height), COLOURS[kind]
        axis.add_patch(Rectangle(corner, 2 * HALF, height, fc=face, ec="black"))
        axis.text(place, top - height / 2, text, ha="center", va="center", fontsize=11)
        top -= height + GAP
    return highest


def _draw_arrow(axis: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    axis.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "->", "lw": 1.3})
