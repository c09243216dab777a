"""What crosses between the checks' NumPy and the torch of student code, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import TensorDataset

from nndl2.checks.bounds import NAME_LIMIT, QUESTION_LIMIT, TEXT_LIMIT, Room, cleaned
from nndl2.checks.submission import Argument, Handle, Odd, Value, leaf, levelled
from nndl2.probing.planting import Unsubclassed

Batch = tuple[torch.Tensor, ...]


class Loader:
    """Minibatches as a DataLoader gives them: fresh tensors each time it is gone through.

    `dataset` holds the samples one by one; the last minibatch may be short.
    """

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.dataset = TensorDataset(*(torch.cat(column) for column in zip(*batches)))
        self.batch_size = len(batches[0][0])
        self._sizes = [len(batch[0]) for batch in batches]

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[Batch]:
        columns = [column.split(self._sizes) for column in self.dataset.tensors]
        return (tuple(x.clone() for x in batch) for batch in zip(*columns))


def given(argument: Argument, ready: Callable[[Handle], Any]) -> Any:
    """An argument as the student's code gets it: arrays become fresh tensors, handles objects.

    A list of tuples of arrays becomes a `Loader`. Raises `TooMuch` beyond the bounds.
    """
    room = Room(QUESTION_LIMIT)

    def made(value: Argument, depth: int) -> Any:
        if isinstance(value, Mapping):
            room.enter(depth, len(value))
            return {name: made(v, depth + 1) for name, v in value.items()}
        if isinstance(value, (list, tuple)):
            room.enter(depth, len(value))
            return type(value)([made(v, depth + 1) for v in value])
        room.hold(value.nbytes if isinstance(value, np.ndarray) else 0)
        if isinstance(value, np.ndarray):
            return torch.from_numpy(np.array(value))
        return ready(value) if isinstance(value, Handle) else value

    found = made(argument, 0)
    return Loader(found) if _are_batches(argument) else found


def _are_batches(argument: Argument) -> bool:
    """Whether it is a list of tuples of arrays that fit on each other, sample by sample."""
    if not (isinstance(argument, list) and argument):
        return False
    if not all(isinstance(b, tuple) and b and len(b) == len(argument[0]) for b in argument):
        return False
    if not all(isinstance(a, np.ndarray) and a.ndim for batch in argument for a in batch):
        return False
    columns = [{(a.dtype, a.shape[1:]) for a in column} for column in zip(*argument)]
    alike = all(len(kinds) == 1 for kinds in columns)
    return alike and all(len({len(a) for a in batch}) == 1 for batch in argument)


def taken(value: Any, room: Room | None = None, depth: int = 0) -> Value:
    """What student code returned, as NumPy: tensors detached, on the CPU, dense.

    The methods of its own classes are not asked. Raises `TooMuch` beyond the bounds.
    """
    room = room or Room()
    if isinstance(value, Loader):
        value = [*value]
    if isinstance(value, dict):
        return _taken_dict(value, room, depth)
    if isinstance(value, (tuple, list)):
        kind: Any = tuple if isinstance(value, tuple) else list
        room.enter(depth, kind.__len__(value))
        return tuple(taken(v, room, depth + 1) for v in kind.__iter__(value))
    if isinstance(value, torch.Tensor):
        room.hold(value.numel() * value.element_size())
        return leaf(raw(value), graph=bool(value.requires_grad))
    if isinstance(value, np.ndarray):
        room.hold(value.nbytes)
        return leaf(np.array(value))
    room.hold()
    if value is None or value is ...:
        return None
    if isinstance(value, str):
        return _taken_text(value, TEXT_LIMIT, room)
    if isinstance(value, (bool, int, float, np.generic)):
        return leaf(np.asarray(value), number=not isinstance(value, np.generic))
    return Odd(type(value).__name__)


def _taken_dict(value: dict[Any, Any], room: Room, depth: int) -> Value:
    room.enter(depth, dict.__len__(value))
    pairs = list(dict.items(value))
    if not all(isinstance(name, str) for name, _ in pairs):
        return Odd(type(value).__name__)
    return {_taken_text(n, NAME_LIMIT, room): taken(v, room, depth + 1) for n, v in pairs}


def _taken_text(text: str, limit: int, room: Room) -> str:
    plain = cleaned(str.__getitem__(text, slice(limit)), limit)
    room.say(plain)
    return plain


def raw(tensor: torch.Tensor) -> np.ndarray:
    """A tensor's numbers as an array of their own."""
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    plain = plain.to_dense() if plain.layout is not torch.strided else plain
    if plain.dtype is torch.bfloat16:
        plain = plain.float()
    return np.array(plain.contiguous().numpy(), copy=True)


def level(tensor: torch.Tensor) -> np.ndarray:
    """A tensor without its numbers: the largest of their magnitudes, as `levelled` has it."""
    with torch.no_grad(), Unsubclassed():
        if tensor.layout is torch.strided and tensor.is_floating_point() and tensor.numel():
            low, high = (float(end) for end in torch.aminmax(tensor))
            return levelled(max(-low, high), tuple(tensor.shape))  # where one is NaN, both are
    numbers = np.abs(raw(tensor))
    return levelled(float(numbers.max(initial=0)), numbers.shape)


def summed(value: Any) -> torch.Tensor:
    """The sum over all floating tensors of an output, the thing gradients are taken of."""
    sums = [t.sum() for t in _tensors(value, 0) if t.is_floating_point()]
    return torch.stack([s.double() for s in sums]).sum() if sums else torch.zeros(())


def _tensors(value: Any, depth: int) -> Iterator[torch.Tensor]:
    """The tensors in an output, those in its dicts, tuples and lists too."""
    if isinstance(value, torch.Tensor):
        yield value
    elif depth < 2 and isinstance(value, (tuple, list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each, depth + 1)
