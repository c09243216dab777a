"""What torch does for everyone in a process, put back behind code that changes it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Settings:
    """What torch does for everyone in a process."""

    dtype: torch.dtype
    grad: bool
    device: str

    @classmethod
    def now(cls) -> Settings:
        try:
            device = str(torch.empty(0).device)
        except RuntimeError:  # a default device that is not there
            device = "none"
        return cls(torch.get_default_dtype(), torch.is_grad_enabled(), device)

    def put_back(self) -> None:
        torch.set_default_tensor_type(torch.FloatTensor)  # which can hold a device as well
        torch.set_grad_enabled(self.grad)
        torch.set_default_dtype(self.dtype)
        torch.set_default_device(None if self.device == "cpu" else self.device)


@contextmanager
def kept_settings() -> Iterator[list[str]]:
    """Put torch's settings back in the end; yields a list that then names which were others."""
    before, changed = Settings.now(), list[str]()
    try:
        yield changed
    finally:
        if (now := Settings.now()) != before:
            changed += [name for name, value in vars(before).items() if vars(now)[name] != value]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                before.put_back()
