"""Finding what a TODO asks for in a package of Python: by reading it, and by calling what it holds.

Calling is safe: while it lasts, nothing can be written, sent, started or ended, and no further
package is loaded.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from callables import functions, placements
from harmless import TooLong, harmless, imported, limited
from spelled import holds, kind, parsed, written
from todos import Answer, Todo
from torch import nn

SECONDS = 5  # that a function may take for all questions
DEEP, LONG = 3, 64  # how far results and constants are looked into
CALLS = 400  # ways to give arguments to one function
SIZES: tuple[tuple[Any, ...], ...] = (
    (16,),
    (16, 4),
    (16, 8, 4),
    (16, 8, 4, 2),
    ([16, 8, 8, 8, 4],),
)


@dataclass(frozen=True)
class Giveaway:
    """`where` a package gives away `what` the TODO `title` asks for, and `how` that was found."""

    where: str
    how: str
    title: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.how} what TODO {self.title} asks for: {self.what}"


def giveaways(
    package: Path, todos: Sequence[Todo], skipped: Collection[str] = ()
) -> list[Giveaway]:
    """What the package in the folder `package` gives away, by both ways of looking."""
    return [*read(package, todos), *called(package, todos, skipped)]


def read(package: Path, todos: Sequence[Todo]) -> list[Giveaway]:
    """What is written in the files of a package, or in one file."""
    found: dict[Giveaway, None] = {}
    for path in sorted(package.rglob("*.py")) if package.is_dir() else [package]:
        name = path.relative_to(package.parent).as_posix()
        for todo, line, what in _written(path.read_text("utf-8"), tuple(todos)):
            found[Giveaway(f"{name}:{line}", "spells", todo.title, what)] = None
    return list(found)


@functools.cache
def _written(text: str, todos: tuple[Todo, ...]) -> list[tuple[Todo, int, str]]:
    return list(written(todos, parsed(text)))


def called(package: Path, todos: Sequence[Todo], skipped: Collection[str] = ()) -> list[Giveaway]:
    """What the functions, methods and lambdas of a package return; `skipped` are not called."""
    found: dict[Giveaway, None] = {}
    with imported(package) as modules, harmless():
        asked = tuple(questions(todos))
        for name, value in functions(modules, package.name):
            if name not in skipped:
                found |= dict.fromkeys(_told_by(name, value, asked))
    return list(found)


# what is asked


Judge = Callable[[Any], bool]


@dataclass(frozen=True, eq=False)
class Question:
    """Arguments in one form, to be given in any order, and whose right answer a result may be."""

    given: tuple[Any, ...]
    answers: tuple[tuple[Todo, str, Judge], ...]
    ordered: bool = False


def questions(todos: Sequence[Todo]) -> Iterator[Question]:
    """With arrays, tensors, floats, tuples of these, and the sizes of networks."""
    asked = [(todo, each.asked()) for todo in todos for each in todo.formulas]
    asked += [(todo, each) for todo in todos for each in todo.answers]
    alike: dict[tuple[int, ...], list[tuple[Todo, Answer]]] = {}
    for todo, answer in asked:
        alike.setdefault(tuple(map(id, answer.given)), []).append((todo, answer))
    for same in alike.values():
        answers = tuple((todo, each.what, _numeric(each)) for todo, each in same)
        for form in (lambda a: a.copy(), torch.tensor):
            given = same[0][1].given
            arrays = tuple(form(a) if isinstance(a, np.ndarray) else a for a in given)
            yield Question(arrays, answers)
            if len(arrays) > 1:
                yield from (Question((each,), answers) for each in (arrays, arrays[::-1]))
    for todo in todos:
        numbers = (formula.asked_of_numbers() for formula in todo.formulas)
        yield from (Question(n.given, ((todo, n.what, _numeric(n)),)) for n in numbers)
    built = tuple(
        (todo, "-".join(chain), functools.partial(_is_chain, chain))
        for todo in todos
        for chain in todo.chains
    )
    yield from (Question(sizes, built, ordered=True) for sizes in SIZES if built)


def _numeric(answer: Answer) -> Judge:
    def is_right(result: Any) -> bool:
        return any(answer.is_right(array) for array in arrays_in(result))

    return is_right


def arrays_in(result: Any, deep: int = DEEP) -> Iterator[np.ndarray]:
    """The floating numbers in a result, in float64."""
    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().numpy() if result.is_floating_point() else None
    if isinstance(result, (float, np.ndarray, np.floating)):
        array = np.asarray(result)
        if array.dtype.kind == "f":
            yield array.astype(np.float64)
    elif deep:
        for each in parts(result):
            yield from arrays_in(each, deep - 1)


def parts(result: Any) -> Iterator[Any]:
    """What a collection or a plain object holds."""
    if isinstance(result, Mapping):
        yield from itertools.islice(result.values(), LONG)
    elif isinstance(result, (list, tuple, set, frozenset)):
        yield from itertools.islice(result, LONG)
    elif hasattr(result, "__dataclass_fields__") and not isinstance(result, type):
        yield from vars(result).values()


def _is_chain(chain: tuple[str, ...], result: Any) -> bool:
    return holds(list(layers_in(result)), chain)


def layers_in(result: Any, deep: int = DEEP) -> Iterator[str]:
    """The kinds of layers in a network, or in a collection of layers."""
    if isinstance(result, nn.Module):
        yield from filter(None, (kind(type(each).__name__) for each in result.modules()))
    elif deep:
        for each in parts(result):
            yield from layers_in(each, deep - 1)


def _told_by(name: str, value: Any, asked: Sequence[Question]) -> Iterator[Giveaway]:
    if isinstance(value, type) and not issubclass(value, nn.Module):
        return  # its methods are asked one by one
    try:
        with limited(SECONDS):
            for question in asked:
                for result in results(value, question):
                    for title, what in _right(question, result):
                        yield Giveaway(name, "computes", title, what)
    except TooLong:
        yield Giveaway(name, f"took over {SECONDS} s; nobody knows whether it computes", "", "")


def _right(question: Question, result: Any) -> Iterator[tuple[str, str]]:
    if isinstance(result, (types.GeneratorType, zip, map)):
        with contextlib.suppress(Exception, SystemExit):
            result = list(itertools.islice(result, LONG))
    for todo, what, is_right in question.answers:
        with np.errstate(all="ignore"):
            if is_right(result):
                yield todo.title, what


def results(value: Any, question: Question) -> Iterator[Any]:
    """What `value` returns for the arguments of a question, in any order; a constant is itself."""
    if isinstance(value, (list, tuple, nn.Module)):
        yield value
        return
    ways = placements(value, question.given, question.ordered)
    for args, named in itertools.islice(ways, CALLS):
        fresh = [_fresh(each) for each in args]
        try:
            yield value(*fresh, **{n: _fresh(each) for n, each in named.items()})
        except (Exception, SystemExit):
            continue


def _fresh(argument: Any) -> Any:
    """A copy, since a function may change what it is given."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, torch.Tensor):
        return argument.clone()
    return tuple(map(_fresh, argument)) if isinstance(argument, tuple) else argument
