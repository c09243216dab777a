"""Attacks on memory, disk, output and time; each takes 3 GiB of memory and 300 MiB of disk at most.

The trial gives them 256 MiB of memory and 4 MiB a file, so that what is bounded here is not near.
"""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import FILE_BYTES, MEMORY, SHORT, everywhere, family

SMALL = {**SHORT, "memory_bytes": MEMORY, "file_bytes": FILE_BYTES}
FOLDER = {**SMALL, "folder_bytes": 64 << 20}

memory = family("memory", limits=SMALL, alone=True, base="half", score=0)
for _name, _code in {
    "one big block": "return bytearray(2 << 30)",
    "many blocks": "kept = [bytearray(1 << 20) for _ in range(2000)]; return kept",
    "a tensor": "return torch.ones(1 << 29)",
    "a tensor that grows": """
x = torch.ones(1 << 20)
for _ in range(9): x = torch.cat([x, x])
return x
""",
    "an anonymous map": "import mmap; m = mmap.mmap(-1, 2 << 30); m.write(bytes(1 << 20) * 2000); return m",
    "maps that are locked": """
import ctypes, mmap
kept = []
for _ in range(200):
    kept.append(mmap.mmap(-1, 8 << 20)); kept[-1].write(bytes(8 << 20))
ctypes.CDLL(None).mlockall(3)
return kept
""",
    "a string": "return 'x' * (2 << 30)",
    "a number": "return 1 << (8 << 30)",
    "gradients kept for ever": """
kept, x = [], torch.ones(1 << 22, requires_grad=True)
for _ in range(150): x = x.exp(); kept.append(x)
return x
""",
}.items():
    memory.add(_name, after=everywhere(_code))
memory.add("at import", "_kept = bytearray(2 << 30)")

outside = family("memory outside the address space", limits=SMALL, alone=True)
outside.add(
    "memory files",
    after=everywhere("""
    import os
    for n in range(200):
        fd = os.memfd_create('redteam')
        for _ in range(4): os.write(fd, bytes(1 << 20))
    return torch.zeros(())
    """),
    needs="memory files",
)
outside.add(
    "pipes filled",
    after=everywhere("""
    import fcntl, os
    kept = []
    try:
        for _ in range(400):
            r, w = os.pipe(); kept += [r, w]
            try: fcntl.fcntl(w, 1031, 1 << 20)
            except OSError: pass
            os.set_blocking(w, False)
            try:
                while os.write(w, bytes(1 << 16)): pass
            except BlockingIOError: pass
    except OSError: pass
    return torch.zeros(())
    """),
)
outside.add(
    "sockets filled",
    after=everywhere("""
    import socket
    kept = []
    try:
        for _ in range(400):
            a, b = socket.socketpair(); kept += [a, b]
            a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
            a.setblocking(False)
            try:
                while a.send(bytes(1 << 16)): pass
            except BlockingIOError: pass
    except OSError: pass
    return torch.zeros(())
    """),
)
outside.add(
    "shared memory of System V",
    after=everywhere("""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    kept = []
    try:
        for _ in range(20):
            n = libc.shmget(0, ctypes.c_size_t(4 << 20), 0o1600)
            if n < 0: break
            kept.append(n)
            at = libc.shmat(n, None, 0)
            if at and at != ctypes.c_void_p(-1).value: ctypes.memset(at, 1, 4 << 20); libc.shmdt(ctypes.c_void_p(at))
        if kept: print("BREACH shared memory of System V outlives its process")
    finally:
        for n in kept: libc.shmctl(n, 0, None)
    return torch.zeros(())
    """),
    needs="files",
)
outside.add(
    "files in /dev/shm",
    after=everywhere("""
    for n in range(60):
        with open(f"/dev/shm/{@MARK@}-{n}", "wb") as out: out.write(bytes(4 << 20))
    return torch.zeros(())
    """),
    needs="files",
)
outside.add(
    "eight children with their own address space each",
    """
    import os, signal, time
    """,
    everywhere("""
    for _ in range(8):
        if os.fork() == 0:
            signal.alarm(8)
            kept = b"x" * (150 << 20)
            time.sleep(6)
            os._exit(0)
    time.sleep(0.5)
    return torch.zeros(())
    """),
)

disk = family("disk", limits=FOLDER, alone=True)
STILL_HERE = """
import time
time.sleep(1)
print("BREACH filled its folder and was not ended", flush=True)
"""
disk.add(
    "one big file",
    after=everywhere("open('big', 'wb').write(bytes(64 << 20)); return torch.zeros(())"),
)
disk.add(
    "seventy files",
    """
    import os
    try:
        for _n in range(70):
            with open(f"{os.getpid()}-{_n}", "wb") as _out: _out.write(bytes(4 << 20))
    except OSError: pass
    """,
    STILL_HERE,
)
disk.add(
    "open files without a name",
    """
    import os
    _kept = []
    try:
        for _n in range(70):
            _out = open(f"f{_n}", "wb"); _kept.append(_out)
            os.unlink(f"f{_n}")
            _out.write(bytes(4 << 20)); _out.flush()
    except OSError: pass
    """,
    STILL_HERE,
)
FILL = """
def _fill(files):
    try:
        for each in files:
            each.write(bytes(4 << 20)); each.flush()
    except OSError: return
    import time
    time.sleep(1)
    print("BREACH filled its folder and was not ended", flush=True)
"""
disk.add(
    "open files without a name, where nobody may look",
    FILL
    + """
import ctypes, os
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
_kept = []
for _n in range(70):
    _kept.append(open(f"f{_n}", "wb")); os.unlink(f"f{_n}")
_fill(_kept)
""",
)
disk.add(
    "open files without a name, in a child",
    FILL
    + """
import os, signal, time
if os.fork() == 0:
    signal.alarm(10)
    _kept = []
    for _n in range(70):
        _kept.append(open(f"f{_n}", "wb")); os.unlink(f"f{_n}")
    _fill(_kept)
    time.sleep(2)
    os._exit(0)
time.sleep(2)
""",
)
disk.add(
    "files in a folder that was shut",
    FILL
    + """
import os
os.mkdir("shut")
_kept = [open(f"shut/f{_n}", "wb") for _n in range(70)]
os.chmod("shut", 0)
_fill(_kept)
""",
)
disk.add(
    "files in a folder of its own that was shut, and the home, too",
    FILL
    + """
import os
_kept = [open(f"f{_n}", "wb") for _n in range(70)]
os.chmod(".", 0)
_fill(_kept)
""",
)
disk.add(
    "a sparse giant",
    "import os\nos.truncate(os.open('sparse', os.O_CREAT | os.O_RDWR), 1 << 40)",
    score=0,
)
disk.add(
    "ten thousand empty files",
    """
    try:
        for _n in range(10_000): open(f"e{_n}", "w").close()
    except OSError: pass
    """,
)
disk.add(
    "folders fifteen hundred deep that cannot be entered",
    """
    import os
    try:
        for _n in range(1500):
            os.mkdir("d"); os.chdir("d")
        os.chmod(".", 0)
    except OSError: pass
    """,
)
disk.add(
    "files below names too long for any path",
    FILL
    + """
import os
try:
    for _n in range(18):
        os.mkdir("d" * 250); os.chdir("d" * 250)
    _kept = [open(f"f{_n}", "wb") for _n in range(70)]
except OSError: _kept = []
_fill(_kept)
""",
)
disk.add(
    "folders that cannot be deleted",
    """
    import os
    for _n in range(5):
        os.makedirs(f"k{_n}/inner/more")
        open(f"k{_n}/inner/more/file", "w").close()
        os.chmod(f"k{_n}/inner/more", 0); os.chmod(f"k{_n}/inner", 0); os.chmod(f"k{_n}", 0)
    os.chmod(".", 0)
    """,
)
disk.add(
    "odd names, links, sockets, FIFOs",
    """
    import os, socket
    for _name in (b"\\xff\\xfe", b"-rf", b"a\\nb", b"\\x1b[2J", b"x" * 255):
        try: os.close(os.open(_name, os.O_CREAT | os.O_RDWR))
        except OSError: pass
    for _make in (lambda: os.symlink("/", "root"), lambda: os.symlink("loop", "loop"),
                  lambda: os.mkfifo("fifo"), lambda: os.link(@SUBMISSION@, "hard"),
                  lambda: socket.socket(socket.AF_UNIX).bind("sock")):
        try: _make()
        except (OSError, AttributeError): pass
    """,
)
disk.add(
    "its own folder is gone",
    "import os, shutil\nif os.getcwd().startswith('/tmp/'): shutil.rmtree(os.getcwd(), ignore_errors=True)",
)
disk.add(
    "a daemon that writes on while it is cleared",
    """
    import os, time, signal
    _home = os.getcwd()
    if os.fork() == 0:
        signal.alarm(10)
        os.setsid()
        for _n in range(2000):
            try:
                os.makedirs(f"{_home}/again{_n}", exist_ok=True)
                open(f"{_home}/again{_n}/x", "w").close()
            except OSError: pass
            time.sleep(0.001)
        os._exit(0)
    """,
)

output = family("output")
output.add(
    "forty megabytes on standard output",
    after=everywhere("for _ in range(40): print('x' * (1 << 20))\nreturn torch.zeros(())"),
    limits=SHORT,
)
output.add(
    "by number, on 1 and 2",
    after=everywhere("""
    import os
    for _ in range(200): os.write(1, b'y' * 65536); os.write(2, b'\\xff' * 65536)
    return torch.zeros(())
    """),
    limits=SHORT,
)
output.add(
    "results on standard output",
    after=everywhere("""
    print('{"score": 12, "tests": [], "status": "graded"}', flush=True)
    print('\\n##[result] 12/12\\n::set-output name=score::12', flush=True)
    return torch.zeros(())
    """),
)
output.add(
    "output that raises",
    """
    import sys
    class _Out:
        def __getattr__(self, name): raise SystemExit(0)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Out()
    """,
)
output.add(
    "output closed, or turned to the channel",
    """
    import os
    os.dup2(3, 1)
    os.dup2(3, 2)
    """,
    "print('x' * 100, flush=True)",
    score=0,
)
output.add(
    "logging without end",
    "import logging\nlogging.basicConfig(level=0)\n_log = logging.getLogger()\n_log.handlers[0].formatter = _log.handlers[0]",
    everywhere("import logging; logging.error('x' * 99_999); return torch.zeros(())"),
)

time = family("processor and clock", limits=SHORT)
time.add("a loop at import", "while True: pass", score=0)
time.add("a loop in every call", after=everywhere("while True: pass"))
time.add("sleep in every call", after=everywhere("import time; time.sleep(1000)"))
time.add(
    "a lock that is held",
    after=everywhere("import threading; l = threading.Lock(); l.acquire(); l.acquire()"),
)
time.add("input", after=everywhere("return input()"))
time.add("a number too long to print", after=everywhere("return str(7 ** 10_000_000)"))
time.add(
    "a regular expression that backtracks",
    after=everywhere("import re; re.match('(a+)+$', 'a' * 40 + 'b')"),
)
time.add("work in C that hears no signal", after=everywhere("return sum(range(10**11))"))
time.add(
    "a little slow in each call, so that the budget counts",
    after=everywhere("import time; time.sleep(0.7); return torch.zeros(())"),
)
time.add(
    "a loop while an attribute is looked up",
    after="""
    def _stuck(self, name):
        while True: pass
    VAE.__getattr__ = CVAE.__getattr__ = _stuck
    """,
)
time.add(
    "a loop in what makes the error's text",
    after="""
    class _Slow(Exception):
        def __str__(self):
            while True: pass
    """
    + everywhere("raise _Slow"),
)
