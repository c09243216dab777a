"""Landlock (Linux 5.13 and later, no rights needed): a process shuts itself off from most files.

Where the kernel knows how, it gives up TCP, and signals to what is outside, too. Numbers and
structures are those of the kernel's `landlock.h`; the calls have no wrapper in the C library.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from .system import LINUX, give_up_privileges

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
BENEATH_A_PATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE = 1 << 14
IOCTL = 1 << 15
READING = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
ALL_TCP = 3
ABSTRACT_SOCKETS_AND_SIGNALS = 3
FILE_RIGHTS = {
    1: 13,
    2: 14,
    3: 15,
    4: 15,
}  # how many rights a version of the kernel's interface has
LATER_RIGHTS = 16


class Ruleset(ctypes.Structure):
    """What is forbidden from now on unless a rule allows it."""

    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Rule(ctypes.Structure):
    """What is allowed beneath the file or folder that is open as `descriptor`."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32)]


def version() -> int:
    """The version of Landlock this kernel speaks, 0 where there is none."""
    return max(0, _call(CREATE_RULESET, None, 0, ASK_VERSION)) if LINUX else 0


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Allow this process nothing but these files and folders; OSError where that fails.

    Paths that are not there, or not for this user, are passed over.
    """
    speaks = version()
    every = (1 << FILE_RIGHTS.get(speaks, LATER_RIGHTS)) - 1
    forbidden = Ruleset(every, ALL_TCP, ABSTRACT_SOCKETS_AND_SIGNALS)
    size = 8 if speaks < 4 else 16 if speaks < 6 else 24
    rules = _checked(_call(CREATE_RULESET, ctypes.byref(forbidden), size, 0))
    try:
        for paths, rights in ((readable, READING), (writable, every)):
            for path in paths:
                _allow(rules, path, rights & every)
        give_up_privileges()
        _checked(_call(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = rights if path.is_dir() else rights & OF_FILES
        rule = Rule(rights, descriptor)
        _checked(_call(ADD_RULE, rules, BENEATH_A_PATH, ctypes.byref(rule), 0))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))


def _checked(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused")
    return answer
