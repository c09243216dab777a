"""Seccomp (Linux, no rights needed): system calls that a submission never needs are refused.

A worker starts no process and no program, reaches no network, no other process and none of the
kernel's rarer doors. Each refused call fails with EPERM, so that the program gets an exception.
The filter is classic BPF as in the kernel's `seccomp.h` and `filter.h`; numbers are those of its
`unistd.h`, with the generic table for 64-bit ARM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Sequence

from .system import LINUX, give_up_privileges

SET_FILTER, NO_SLOWDOWN = 1, 4  # no speculation barriers: a worker holds no secret
ALLOW, KILL_PROCESS, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE = 0, 4  # offsets in seccomp_data
FIRST, SECOND, FIFTH = 16, 24, 48  # of the arguments' low halves
OTHER_ABI = 0x40000000  # x32 calls on x86-64
CLONE_THREAD = 0x10000

ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
CALLS = {  # name: numbers on x86-64 and on 64-bit ARM, None where there is none
    "seccomp": (317, 277),
    "clone": (56, 220),
    "clone3": (435, 435),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "memfd_create": (319, 279),
    # processes and programs
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # other processes
    "tkill": (200, 130),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # network, and what stays behind when a process ends
    "socket": (41, 198),
    "connect": (42, 203),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # files by other ways than their names
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "memfd_secret": (447, 447),
    # the system as a whole
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "setns": (308, 268),
    "unshare": (272, 97),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "personality": (135, 92),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
}
OWN_PROCESS_ONLY = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
SELF_OR_ZERO = ("prlimit64", "sched_setaffinity")
ON_A_GPU = ("memfd_create", "socket")  # its driver needs both; memfd is memory no limit counts
AF_UNIX = 1  # the driver binds a socket of this kind and listens, and connects to none
SIGNALLING = {  # commands by which a descriptor sends its signals to another process
    "fcntl": (8, 10, 15),  # F_SETOWN, F_SETSIG, F_SETOWN_EX
    "ioctl": (0x8901, 0x8902),  # FIOSETOWN, SIOCSPGRP
}
JUDGED = ("seccomp", "clone", "clone3", "sendto", *OWN_PROCESS_ONLY, *SELF_OR_ZERO, *SIGNALLING)

Instruction = tuple[int, int, int, int]  # code, where to go if true, if false, operand


class Program(ctypes.Structure):
    """The kernel's `sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def available() -> bool:
    """Whether this module knows the machine's system calls."""
    return LINUX and platform.machine() in ARCHITECTURES


def restrict(gpu: bool = False) -> None:
    """Refuse the calls above to this process for good; OSError where the kernel does not."""
    code = b"".join(struct.pack("HBBI", *step) for step in instructions(os.getpid(), gpu))
    kept = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.addressof(kept))
    give_up_privileges()
    number = ctypes.c_long(CALLS["seccomp"][ARCHITECTURES[platform.machine()][1]] or -1)
    call = ctypes.CDLL(None, use_errno=True).syscall
    if call(number, SET_FILTER, NO_SLOWDOWN, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp refused")


def instructions(pid: int, gpu: bool) -> list[Instruction]:
    """The filter for the process `pid`."""
    architecture, column = ARCHITECTURES[platform.machine()]
    number = {name: numbers[column] for name, numbers in CALLS.items()}
    allowed = ON_A_GPU if gpu else ()
    never = [n for name, n in number.items() if n is not None and name not in JUDGED + allowed]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, OTHER_ABI),
        (RETURN, 0, 0, FAIL | errno.EPERM),
        *(step for n in never for step in [(EQUAL, 0, 1, n), (RETURN, 0, 0, FAIL | errno.EPERM)]),
        (EQUAL, 0, 1, number["clone3"] or 0),
        (RETURN, 0, 0, FAIL | errno.ENOSYS),  # the C library then asks for a thread by `clone`
        *_if(number["clone"], [(ANY_BIT, 1, 0, CLONE_THREAD)]),
        *(step for name in OWN_PROCESS_ONLY for step in _if_one_of(number[name], [pid])),
        *(step for name in SELF_OR_ZERO for step in _if_one_of(number[name], [0, pid])),
        *(step for name, never in SIGNALLING.items() for step in _if_none_of(number[name], never)),
        *_if_zero(number["sendto"], FIFTH),  # an address; without one it is `send`
        *(_if_one_of(number["socket"], [AF_UNIX]) if gpu else []),
        (RETURN, 0, 0, ALLOW),
    ]


def _if_one_of(number: int | None, values: Iterable[int]) -> list[Instruction]:
    """Let the call `number` pass when its first argument is one of `values`."""
    tests = list(values)
    return _if(number, [(EQUAL, len(tests) - i, 0, value) for i, value in enumerate(tests)])


def _if_none_of(number: int | None, commands: Sequence[int]) -> list[Instruction]:
    """Let the call `number` pass unless its second argument is one of `commands`."""
    assert number is not None
    tests = [(EQUAL, len(commands) - i, 0, value) for i, value in enumerate(commands)]
    body = [(LOAD, 0, 0, SECOND), *tests, (RETURN, 0, 0, ALLOW)]
    return [(EQUAL, 0, len(body) + 1, number), *body, (RETURN, 0, 0, FAIL | errno.EPERM)]


def _if_zero(number: int | None, argument: int) -> list[Instruction]:
    """Let the call `number` pass when both halves of that argument are 0."""
    assert number is not None
    no = (RETURN, 0, 0, FAIL | errno.EPERM)
    body = [(LOAD, 0, 0, argument), (EQUAL, 1, 0, 0), no]
    body += [(LOAD, 0, 0, argument + 4), (EQUAL, 1, 0, 0), no, (RETURN, 0, 0, ALLOW)]
    return [(EQUAL, 0, len(body), number), *body]


def _if(number: int | None, tests: list[Instruction]) -> list[Instruction]:
    """Judge the call `number` by its first argument's low half; no test holds: EPERM."""
    assert number is not None
    body = [(LOAD, 0, 0, FIRST), *tests, (RETURN, 0, 0, FAIL | errno.EPERM)]
    return [(EQUAL, 0, len(body) + 1, number), *body, (RETURN, 0, 0, ALLOW)]
