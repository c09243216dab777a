"""Laws of a function that draws z (N, Z) from two tensors (N, Z), a mean and a measure of spread.

A right sampler keeps the shape, draws for each element and each call anew, and lets gradients
through. By how much the noise is shifted and scaled, an oracle knows: for each pair of levels that
the two tensors are filled with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nndl2.checks.compare import close, expect_answer, expect_close, expect_shape
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Mode, Submission, Target, Value, target_name
from nndl2.laws import noise

Array = np.ndarray
LEVELS = 24  # pairs of levels: each column and each run of LEVELS rows has all of them
RUNS = range(139, 146)  # 80,064 samples or more: a law that is off by 0.012 anywhere is seen


def levels(draw: Draw, n: int = LEVELS) -> tuple[Array, Array]:
    """`n` means and `n` measures of spread, float32 (n,), on both sides of zero."""
    return draw.normal(n, scale=2.5), draw.uniform(n, low=-4.0, high=4.0)


def spread(draw: Draw, *levels: Array) -> list[Array]:
    """Levels (n,) laid out as (rows, n), with as many rows as drawn."""
    runs = draw.shared("runs").one_of(RUNS)
    return [laid_out(each, runs * len(each)) for each in levels]


def laid_out(values: Array, rows: int) -> Array:
    """Levels (n,) as (rows, n): each row and each column has all of them."""
    n = len(values)
    return values[(np.arange(rows)[:, None] + np.arange(n)) % n]


def alike(values: Array, rows: int) -> Array:
    """Levels (n,) as (rows, n): each row has all of them in their order."""
    return np.broadcast_to(values, (rows, len(values)))


def sample(
    student: Submission,
    target: Target,
    mu: Array,
    logvar: Array,
    seed: int | None = None,
    mode: Mode = "train",
) -> Array:
    """z (N, Z) in float64, or what is wrong with it."""
    value = student.call(target, mu, logvar, seed=seed, mode=mode)
    try:
        z = expect_shape(value, mu.shape, target_name(target), "(N, Z)")
    except Mismatch as e:
        raise Mismatch(e.expected, e.got, e.note, _wrong_shape(value, mu.shape)) from None
    if not np.isfinite(z).all():
        raise Mismatch(note="z holds values that are not finite", diagnosis="z_not_finite")
    return z.astype(np.float64)


def _wrong_shape(value: Value, shape: tuple[int, ...]) -> str:
    if isinstance(value, tuple):
        return "tuple_returned"
    if not isinstance(value, np.ndarray):
        return ""
    return {shape[::-1]: "transposed", shape[:1]: "summed_over_z"}.get(value.shape, "")


def expect_law(z: Array, answer: Answer, lay: Callable[[Array, int], Array] = laid_out) -> None:
    """z, drawn for levels laid out by `lay`, is their shift plus their scale times standard normal
    noise.

    The oracle's answer holds (shift, scale) of each pair of levels, (2, levels).
    """
    e = _noise(z, answer.right.array, lay)
    if noise.standard_normal(e):
        return noise.expect_independent(e)
    if noise.shared_exactly(e) and e.std() > 1e-3:
        return None  # the law is right, and that the noise is shared is told elsewhere
    raise Mismatch(
        "noise of mean 0 and standard deviation 1",
        f"mean {e.mean():.3g} and standard deviation {e.std():.3g}",
        "z, less its mean and divided by its standard deviation, is not standard normal",
        next(_causes(z, e, answer, lay), ""),
    )


def expect_standard(e: Array) -> None:
    """Numbers (N, Z) that should be drawn from the unit Gaussian are, each for itself."""
    if noise.standard_normal(e):
        return noise.expect_independent(e)
    cause = "noise_shared_by_rows" if not np.ptp(e, axis=0).max() else next(noise.causes(e), "")
    raise Mismatch(
        "numbers of mean 0 and standard deviation 1",
        f"mean {e.mean():.3g} and standard deviation {e.std():.3g}",
        "what is decoded is not drawn from the unit Gaussian",
        cause,
    )


def _noise(z: Array, law: Array, lay: Callable[[Array, int], Array]) -> Array:
    shift, scale = (lay(each, len(z)) for each in law)
    return (z - shift) / scale


def _causes(
    z: Array, e: Array, answer: Answer, lay: Callable[[Array, int], Array]
) -> Iterator[str]:
    shift, scale = (lay(each, len(z)) for each in answer.right.array)
    if close(z, shift, atol=1e-4):
        yield "no_noise"
    if close(z, shift + scale, rtol=1e-3):
        yield "noise_is_one"
    if e.std() < 1e-3:
        yield "noise_shared_by_all"
    for name, law in answer.mistakes():
        reading = _noise(z, law.array, lay)
        if noise.standard_normal(reading) or noise.shared_exactly(reading):
            yield name
    yield from _of_levels(z, answer.right.array, lay) or noise.causes(e)


def _of_levels(z: Array, law: Array, lay: Callable[[Array, int], Array]) -> tuple[str, ...]:
    """What is wrong where the noise of each pair of levels is normal by itself, but its mean or its
    spread is another; nothing where it is not, or where all have one factor and offset."""
    e = _noise(z, law, lay)
    at = np.broadcast_to(lay(np.arange(law.shape[1]), len(z)), e.shape)
    each = [e[at == k] for k in range(law.shape[1])]
    if any(not part.std() > 0 for part in each):
        return ()
    centred = np.concatenate([(part - part.mean()) / part.std() for part in each])
    if not noise.standard_normal(centred) or noise.standard_normal((e - e.mean()) / e.std()):
        return ()
    far = noise.SIGMAS / min(len(part) for part in each) ** 0.5
    around = all(abs(part.mean()) <= far * part.std() for part in each)
    wide = all(abs(part.std() - 1) <= far for part in each)
    return ("spread_of_another_form",) if around else ("mean_of_another_form",) if wide else ("",)


def expect_new_noise(
    student: Submission, target: Target, mu: Array, logvar: Array, seed: int
) -> None:
    """Two calls in a row draw noise that has nothing in common; all rows of mu are alike."""
    first = _standardized(sample(student, target, mu, logvar, seed))
    if noise.correlated(first, _standardized(sample(student, target, mu, logvar))):
        note = "two calls in a row return the same or related noise"
        raise Mismatch(note=note, diagnosis="noise_repeated")


def _standardized(z: Array) -> Array:
    return (z - z.mean(0)) / (z.std(0) + 1e-12)


def expect_slopes(
    student: Submission, target: Target, mu: Array, logvar: Array, seed: int
) -> tuple[Array, Array, Array]:
    """z - mu and the gradients of the sample for mu and logvar, where both arrive."""
    found = student.gradients(target, mu, logvar, wrt=(0, 1), seed=seed)
    z = expect_shape(found.output, mu.shape, target_name(target), "(N, Z)").astype(np.float64)
    for at, name in (("0", "mu"), ("1", "logvar")):
        slope = found.by[at]
        if slope is None or not slope.any():  # torch.normal gives zeros
            note = f"no gradient reaches {name}"
            raise Mismatch(note=note, diagnosis=f"{name}_without_gradient")
    slopes = (np.asarray(found.by[at], np.float64) for at in "01")
    return z - mu, *slopes


def expect_slopes_of_sample(moved: Array, for_mu: Array, for_logvar: Array, answer: Answer) -> None:
    """The gradient for mu is the first number of the answer, that for logvar the second times
    `moved`, which is z - mu: relative to the sample, so that no noise has to come again."""
    one, factor = answer.right.array
    expect_close(for_mu, np.full_like(for_mu, one), "the gradient for mu", rtol=1e-3)
    count = float((for_logvar * moved).sum() / (moved**2).sum())
    if close(for_logvar, count * moved, 1e-3, 1e-4):
        expect_answer(np.array([one, count]), answer, "the gradient for logvar", rtol=1e-3)
    else:
        expect_close(for_logvar, factor * moved, "the gradient for logvar", rtol=1e-3, atol=1e-4)
