"""Run a command as Docker does by default: few capabilities, no namespaces; and without Landlock.

`python dockerlike.py COMMAND...` as root. Refused calls are refused by the kernel itself. This
Python is where any user can read it, as a container's is.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.isolation.seccomp import (
    ALLOW,
    ANY_BIT,
    ARCHITECTURES,
    CALLS,
    EQUAL,
    FAIL,
    FIRST,
    LOAD,
    NUMBER,
    RETURN,
    SET_FILTER,
    Program,
)

KEPT = (
    "chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,"
    "net_bind_service,sys_chroot,kill,audit_write"
)
NAMESPACES = 0x7E020000  # any CLONE_NEW... flag
REFUSED = ("unshare", "mount", "umount2", "pivot_root", "setns", "ptrace", "bpf", "keyctl")
LANDLOCK = (444, 445, 446)


NEW_MOUNTS = 0x00020000


def main(command: list[str]) -> None:
    prefix = Path(sys.base_prefix).resolve()
    closed = [p for p in prefix.parents if not p.stat().st_mode & stat.S_IXOTH]
    if closed:
        show(prefix, closed[-1])
    refuse()
    few = ",".join(f"+{capability}" for capability in KEPT.split(","))
    os.execvp("setpriv", ["setpriv", f"--bounding-set=-all,{few}", *command])


def show(prefix: Path, closed: Path) -> None:
    """In mounts of our own, have nothing but `prefix` in the folder `closed`, open to all."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    held = tempfile.mkdtemp()
    for words in (
        ("mount", "--make-rprivate", "/"),
        ("mount", "--bind", str(prefix), held),
        ("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(closed)),
        ("mkdir", "-p", str(prefix)),
        ("mount", "--bind", held, str(prefix)),
        ("umount", held),
        ("rmdir", held),
    ):
        subprocess.run(words, check=True)


def refuse() -> None:
    """Load the filter; as root that needs no other preparation."""
    number = {
        name: numbers[ARCHITECTURES[platform.machine()][1]] for name, numbers in CALLS.items()
    }
    steps = [(LOAD, 0, 0, NUMBER)]
    answers = [(number[name], errno.EPERM) for name in REFUSED]
    answers += [(n, errno.ENOSYS) for n in (*LANDLOCK, number["clone3"])]
    for call, error in answers:
        steps += [(EQUAL, 0, 1, call), (RETURN, 0, 0, FAIL | error)]
    steps += [(EQUAL, 0, 3, number["clone"]), (LOAD, 0, 0, FIRST), (ANY_BIT, 0, 1, NAMESPACES)]
    steps += [(RETURN, 0, 0, FAIL | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(code, len(code))
    program = Program(len(steps), ctypes.addressof(kept))
    call = ctypes.CDLL(None, use_errno=True).syscall
    if call(ctypes.c_long(number["seccomp"]), SET_FILTER, 0, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp refused")


if __name__ == "__main__":
    main(sys.argv[1:])
