"""A training step recorded once and replayed, as CUDA graphs do it, where that comes to the same.

A replay repeats what the GPU did, and nothing that Python did: noise of NumPy's, a branch or a
counter would stand still. So a step is first watched: if it changes anything that Python keeps, it
is not recorded; and its replays are kept only after they agreed with the step itself on several
minibatches, each with other random numbers. Otherwise the step goes on as it is, and the log says
why. Either way an epoch draws the same numbers from every stream.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import FunctionType
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

log = logging.getLogger(__name__)
WARM_UP = 4  # steps that are watched before one is recorded
COMPARED = 6  # replays that have to agree with the step
RTOL, ATOL = 1e-3, 1e-5
Outputs = tuple[Tensor, ...]  # of a step: the loss first
Step = Callable[..., Outputs]  # (model, *inputs), the model not held by it
PLAIN = (bool, int, float, str, bytes, type(None))


class Recorder(Protocol):
    """What records the work of a device and replays it."""

    def aside(self) -> AbstractContextManager[Any]:
        """Where steps run before one is recorded."""
        ...

    def record(self, step: Callable[[], Outputs]) -> tuple[Callable[[], None], Outputs]:
        """A replay of `step`, and the tensors that each replay fills."""
        ...


class Graphs:
    """CUDA graphs as the recorder."""

    def __init__(self) -> None:
        self.stream = torch.cuda.Stream()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A stream beside the usual one, as the graphs want it of what they will record."""
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            yield
        torch.cuda.current_stream().wait_stream(self.stream)

    def record(self, step: Callable[[], Outputs]) -> tuple[Callable[[], None], Outputs]:
        """The step as one graph; whatever it reads back from the GPU raises here.

        It raises in a step that is tried before: one that raises while it is recorded can leave the
        GPU's stream of random numbers unusable.
        """
        mode = torch.cuda.get_sync_debug_mode()
        torch.cuda.set_sync_debug_mode("error")
        try:
            with self.aside():
                step()
        finally:
            torch.cuda.set_sync_debug_mode(mode)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = step()
        return graph.replay, outputs


class Replayed:
    """`step` of one model, to be called like it, that turns into its replay where both agree.

    It does not hold the model. `beside` are functions whose attributes and module Python keeps too.
    """

    def __init__(
        self,
        step: Step,
        optimizer: torch.optim.Optimizer,
        recorder: Recorder,
        beside: Sequence[Any] = (),
    ):
        self.step, self.optimizer, self.recorder, self.beside = step, optimizer, recorder, beside
        self.done = 0
        self.places: list[int] = []  # the addresses that a replay writes to
        self.given: list[Tensor] = []  # what a replay reads
        self.outputs: Outputs = ()  # what it fills
        self.replay: Callable[[], None] | None = None
        self.refused = ""

    def __call__(self, model: nn.Module, *inputs: Tensor) -> Outputs:
        """The outputs of one step on `inputs`; a replay's are overwritten by the next one."""
        if self.refused or (self.given and not self._fits(inputs)):
            return self.step(model, *inputs)
        self.done += 1
        if self.done <= WARM_UP:
            return self._watched(model, *inputs)
        if self.replay is None and not self._record(model, *inputs):
            return self.step(model, *inputs)
        if self.done <= WARM_UP + COMPARED:
            return self._compared(model, *inputs)
        return self._replayed(*inputs)

    def still_holds(self, model: nn.Module) -> bool:
        """Whether a replay would train the model as it is now, and not where it once lay."""
        return not self.places or self.places == places_of(model, self.optimizer)

    def _fits(self, inputs: Sequence[Tensor]) -> bool:
        return [x.shape for x in inputs] == [x.shape for x in self.given]

    def _refuse(self, model: nn.Module, why: str) -> None:
        self.refused, self.replay, self.given, self.places = why, None, [], []
        name = type(model).__name__
        log.info("%s is trained step by step, not by a CUDA graph: %s", name, why)

    def _watched(self, model: nn.Module, *inputs: Tensor) -> Outputs:
        before = kept_by_python(model, self.beside)
        with self.recorder.aside():
            outputs = self.step(model, *inputs)
        if kept_by_python(model, self.beside) != before:
            self._refuse(model, "a step changes what Python keeps, such as a counter or a list")
        return outputs

    def _record(self, model: nn.Module, *inputs: Tensor) -> bool:
        given = [x.clone() for x in inputs]
        kept = State(model, self.optimizer)
        try:
            self.replay, self.outputs = self.recorder.record(lambda: self.step(model, *given))
        except Exception as e:  # whatever the student's program cannot do while it is recorded
            self._refuse(model, f"it cannot be recorded ({type(e).__name__})")
        kept.put_back()
        if self.replay is None:
            return False
        self.given, self.places = given, places_of(model, self.optimizer)
        return True

    def _compared(self, model: nn.Module, *inputs: Tensor) -> Outputs:
        """The step itself, whose replay from the same state and streams has to agree."""
        before = State(model, self.optimizer)
        outputs = tuple(each.detach().clone() for each in self.step(model, *inputs))
        after = State(model, self.optimizer)
        before.put_back()
        agree = alike(outputs, self._replayed(*inputs)) and after.is_now(model, self.optimizer)
        after.put_back()
        if not agree:
            self._refuse(model, "its replays and the step itself differ")
        return outputs

    def _replayed(self, *inputs: Tensor) -> Outputs:
        assert self.replay is not None
        for place, x in zip(self.given, inputs):
            place.copy_(x)
        self.replay()
        return self.outputs


class State:
    """The numbers of a model and its optimizer, and where all streams of random numbers stand."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer):
        self.tensors = tensors_of(model, optimizer)
        self.numbers = [each.detach().clone() for each in self.tensors]
        self.streams = streams_now()

    def put_back(self) -> None:
        """Put the numbers back where they were, and the streams."""
        with torch.no_grad():
            for place, number in zip(self.tensors, self.numbers):
                place.copy_(number)
        put_streams(self.streams)

    def is_now(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> bool:
        """Whether model and optimizer hold these numbers now."""
        return alike(self.numbers, tensors_of(model, optimizer))


def tensors_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """Parameters, buffers and moments, in order."""
    moments = [
        value
        for parameter in model.parameters()
        for value in optimizer.state.get(parameter, {}).values()
        if isinstance(value, Tensor)
    ]
    return [*(p.data for p in model.parameters()), *model.buffers(), *moments]


def places_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[int]:
    """Where these numbers lie in memory."""
    return [each.data_ptr() for each in tensors_of(model, optimizer)]


def alike(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Whether the tensors are equal but for rounding; two that are both NaN are not."""
    return len(some) == len(others) and all(
        a.shape == b.shape and torch.allclose(a.double(), b.double(), RTOL, ATOL)
        for a, b in zip(some, others)
    )


def streams_now() -> tuple[Any, ...]:
    """Where all streams of random numbers stand."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return random.getstate(), np.random.get_state(), torch.get_rng_state(), cuda


def put_streams(streams: tuple[Any, ...]) -> None:
    """Let all streams go on from there."""
    random.setstate(streams[0])
    np.random.set_state(streams[1])
    torch.set_rng_state(streams[2])
    if streams[3]:
        torch.cuda.set_rng_state_all(streams[3])


def kept_by_python(model: nn.Module, beside: Sequence[Any]) -> dict[str, Any]:
    """Numbers, texts and the lengths of containers that a model, its module and the functions
    `beside` keep: what a replay would not change."""
    owners: dict[str, Any] = {f"{name}.": vars(each) for name, each in model.named_modules()}
    owners |= {f"{name} class.": vars(type(each)) for name, each in model.named_modules()}
    for number, function in enumerate(beside):
        owners[f"{number}()."] = getattr(function, "__dict__", {})
        owners[f"{number} beside."] = getattr(function, "__globals__", {})
        cells = getattr(function, "__closure__", None) or ()
        owners[f"{number} around."] = {str(n): _content(cell) for n, cell in enumerate(cells)}
    return {f"{o}{k}": _short(v) for o, held in owners.items() for k, v in [*held.items()]}


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # still empty
        return None


def _short(value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (list, tuple, dict, set)):
        plain = [v for v in value if isinstance(v, PLAIN)][:100]
        held = value.values() if isinstance(value, dict) else ()
        return len(value), plain, [v for v in held if isinstance(v, PLAIN)][:100]
    if isinstance(value, FunctionType):
        return [(name, v) for name, v in vars(value).items() if isinstance(v, PLAIN)]
    if isinstance(value, Tensor):
        return id(value)  # another tensor may be put in its place
    return type(value).__name__
