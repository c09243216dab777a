"""A chain of linear layers that lets its input through, so that what comes out tells what went in.

A decoder with such layers shows the sample that it was given, whoever drew it and wherever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.submission import Handle, Submission
from nndl2.laws.planting import plant
from nndl2.laws.values import outputs, rows

Array = np.ndarray
LIFT = 64.0  # added before the ReLUs, so that all of them stay open
TRIED = 7  # rows that a straight piece is tried with
GAIN = 0.2  # of the last layer: what comes out stays where a sigmoid is steep


def straight(sizes: Sequence[int]) -> list[tuple[Array, Array]]:
    """Layers between `sizes`, of which the first outputs are GAIN times the inputs."""
    n, found = sizes[0], []
    last = len(sizes) - 2
    for k, (into, out) in enumerate(pairwise(sizes)):
        weight, bias = np.zeros((out, into), np.float32), np.zeros(out, np.float32)
        weight[range(n), range(n)] = GAIN if k == last else 1.0
        bias[:n] = (LIFT if k == 0 else 0.0) - (GAIN * LIFT if k == last else 0.0)
        found.append((weight, bias))
    return found


def let_through(student: Submission, target: Handle, sizes: Sequence[int], labels: int = 0) -> bool:
    """Have a piece of the layers `sizes` let its input through, and say whether it does so now; one
    that does not keeps its weights.

    A piece that joins a label to its input by itself is given it apart; `labels` are part of
    sizes[0].
    """
    try:
        before = student.weights(target)
        if min(sizes[1:]) >= sizes[0] and plant(student, target, straight(sizes)):
            if _lets_through(student, target, sizes, labels):
                return True
            student.put(target, before)
    except CheckError:
        pass
    return False


def _lets_through(student: Submission, target: Handle, sizes: Sequence[int], labels: int) -> bool:
    nz, n = sizes[0] - labels, TRIED
    z = np.linspace(-20, 20, n * nz, dtype=np.float32).reshape(n, nz)
    c = np.arange(n) % max(labels, 1)
    got = outputs(student, target, [(z, c) if labels else z])[0]
    shown, label = seen(got, sizes[0]), np.eye(labels)[c] if labels else np.zeros((n, 0))
    ways = np.concatenate([z, label], 1), np.concatenate([label, z], 1)
    return any(np.abs(shown - way).max() < 1e-2 for way in ways)


def seen(images: Array, n: int) -> Array:
    """The first n numbers that a straight piece with a sigmoid at its end was given, (N, n)."""
    p = np.clip(rows(images)[:, :n].astype(np.float64), 1e-7, 1 - 1e-7)
    return np.asarray((np.log(p) - np.log1p(-p)) / GAIN)


def without_label(shown: Array, label: Array, note: str) -> Array:
    """The sample (N, Z) that a straight decoder was given with `label` (N, C), behind it or before,
    which is let pass; where it was given another label, the Mismatch says `note`."""
    n = label.shape[1]
    for sample, given in ((shown[:, :-n], shown[:, -n:]), (shown[:, n:], shown[:, :n])):
        if np.abs(given - label).max() < 1e-2:
            return sample
    given = shown[:, -n:]
    cause = "one_label_for_all" if np.ptp(given, axis=0).max() < 1e-2 else ""
    cause = "label_lost_in_decoder" if np.abs(given).max() < 1e-2 else cause
    raise Mismatch(note=note, diagnosis=cause)


def fix_output(student: Submission, target: Handle, levels: Array) -> bool:
    """Have a piece give `levels` (n,) whatever goes in: its last layer loses its weights and gets
    them for a bias. Whether it has such a layer is said."""
    return _last_layer(student, target, len(levels), lambda w, b: (0 * w, levels))


def spread_output(student: Submission, target: Handle, own: Array) -> bool:
    """Have a piece that gives `own` (N, n) for some inputs give numbers of mean 0 and spread 1 for
    them, by its last layer. Whether it has such a layer, and tells inputs apart, is said."""
    spread = own.std(0).mean()
    if not spread:
        return False
    return _last_layer(
        student, target, own.shape[1], lambda w, b: (w / spread, (b - own.mean(0)) / spread)
    )


def _last_layer(
    student: Submission,
    target: Handle,
    n: int,
    change: Callable[[Array, Array], tuple[Array, Array]],
) -> bool:
    """Change weight and bias (n,) of the last layer of a piece, which gives n numbers."""
    try:
        weights = student.weights(target)
        wide = [name for name, w in weights.items() if w.ndim == 2 and n in w.shape]
        flat = [name for name, w in weights.items() if w.size == n == max(w.shape)]
        if not wide or not flat:
            return False
        weight, bias = weights[wide[-1]], weights[flat[-1]]
        changed = change(weight, bias.ravel())
        names = zip((wide[-1], flat[-1]), changed, (weight.shape, bias.shape))
        student.put(target, {name: w.astype(np.float32).reshape(s) for name, w, s in names})
    except CheckError:
        return False
    return True
