"""What torch does for everyone in a process, put back behind code that changes it."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import torch


class Settings(NamedTuple):
    """What torch does for everyone in a process; `device` is None where the default one is not
    there."""

    dtype: torch.dtype
    grad: bool
    device: torch.device | None

    @classmethod
    def now(cls) -> Settings:
        try:
            device = torch.empty(0).device
        except RuntimeError:
            device = None
        return cls(torch.get_default_dtype(), torch.is_grad_enabled(), device)

    def put_back(self) -> None:
        torch.set_default_tensor_type(torch.FloatTensor)  # which can hold a device as well
        torch.set_grad_enabled(self.grad)
        torch.set_default_dtype(self.dtype)
        torch.set_default_device(None if str(self.device) == "cpu" else self.device)


class KeptSettings:
    """Puts torch's settings back in the end; gives a list that then names which were others.

    A question passes through several of these: no generator, nothing but what is needed.
    """

    def __enter__(self) -> list[str]:
        self.before, self.changed = Settings.now(), list[str]()
        return self.changed

    def __exit__(self, *_: object) -> None:
        if (now := Settings.now()) != self.before:
            pairs = zip(Settings._fields, self.before, now)
            self.changed += [name for name, before, after in pairs if before != after]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.before.put_back()
