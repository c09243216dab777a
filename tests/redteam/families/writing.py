"""Attacks that write: results, the course's package, caches, what the next submission would meet.

None changes a file of the kit or of Python: that it could be opened for writing is enough to tell.
"""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import FILE_BYTES, SHORT, everywhere, family

TRY = """
import os, sys
def _writable(path):
    try:
        with open(path, "r+b"): print("BREACH writable", path, flush=True)
    except OSError:
        pass
def _new(folder, name):
    try:
        path = os.path.join(folder, name)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.unlink(path)
        print("BREACH new file in", folder, flush=True)
    except OSError:
        pass
"""

results = family("results written", needs="files")
for _name, _code in {
    "results.json": "open(@RESULTS@ + '/ada/results.json', 'w').write('{\"score\": 12}')",
    "put in its place": "import os; open('r', 'w').write('{\"score\": 12}'); os.rename('r', @RESULTS@ + '/ada/results.json')",
    "deleted": "import os; os.unlink(@RESULTS@ + '/ada/results.json')",
    "the journal": "open(@RESULTS@ + '/journal.jsonl', 'a').write('{\"score\": 12}\\n')",
    "the folder renamed": "import os; os.rename(@RESULTS@, @RESULTS@ + '-old')",
    "its rights changed": "import os; os.chmod(@RESULTS@ + '/ada/results.json', 0o777); os.chown(@RESULTS@, 1, 1)",
    "grades.csv": "open(@RESULTS@ + '/grades.csv', 'w').write('student,score\\nada,12\\n')",
    "another submission": "open(@SUBMISSION@, 'w').write('')",
    "the secret": "open(@SECRET@, 'w').write('0' * 64)",
    "the hidden checks": "open(@COURSE@ + '/hidden_checks.py', 'w').write('')",
    "through the descriptors of the grader": """
import os
for n in range(200):
    try: fd = os.open(f'/proc/{@GRADER@}/fd/{n}', os.O_WRONLY)
    except OSError: continue
    print('BREACH wrote to a descriptor of the grader'); os.close(fd)
""",
}.items():
    results.add(_name, after=everywhere(_code + "\nreturn torch.zeros(())"), deadly=True)

stay = family("what the next one meets", needs="files", deadly=True)
for _name, _code in {
    "nndl2": """
import nndl2
for _top, _, _names in os.walk(os.path.dirname(nndl2.__file__)):
    for _n in _names: _writable(os.path.join(_top, _n))
    _new(_top, "sitecustomize.py")
""",
    "the far side's own modules": """
import nndl2
_boundary = os.path.join(os.path.dirname(os.path.dirname(nndl2.__file__)), "boundary")
for _n in ("frames", "worker", "messages", "walls"): _writable(os.path.join(_boundary, _n + ".py"))
_new(os.path.dirname(_boundary), "torch.py")
_new(os.path.dirname(os.path.dirname(_boundary)), "warm.log.1")
""",
    "site-packages": """
for _p in sys.path:
    if os.path.isdir(_p):
        _new(_p, "redteam.pth"); _new(_p, "sitecustomize.py")
        for _n in ("torch/__init__.py", "numpy/__init__.py", "socket.py", "json/__init__.py"):
            _writable(os.path.join(_p, _n))
""",
    "byte code": """
import importlib.util, torch, numpy, json
for _m in (torch, numpy, json, importlib.util):
    _cached = importlib.util.cache_from_source(_m.__file__)
    _writable(_cached); _new(os.path.dirname(_cached), "evil.pyc")
""",
    "the interpreter and its libraries": """
_writable(os.path.realpath(sys.executable or "/usr/bin/python3"))
try:
    for _line in open("/proc/self/maps"):
        if ".so" in _line: _writable(_line.split()[-1])
except OSError: pass
""",
    "start files of a home": """
for _p in ("~/.bashrc", "~/.profile", "~/.config/matplotlib/matplotlibrc", "~/.pdbrc", "/etc/profile",
           "/etc/ld.so.preload", "/etc/environment"):
    if os.path.expanduser("~") != os.getcwd() or not _p.startswith("~"): _writable(os.path.expanduser(_p))
""",
    "settings of the system": """
for _p in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger", "/proc/self/uid_map",
           "/sys/kernel/uevent_helper", "/proc/sys/kernel/randomize_va_space", "/sys/fs/cgroup/cgroup.procs"):
    try:
        _fd = os.open(_p, os.O_WRONLY); os.close(_fd); print("BREACH writable", _p)
    except OSError: pass
""",
}.items():
    stay.add(_name, TRY + _code)

leftover = family(
    "files left behind", needs="files", deadly=True, limits={**SHORT, "file_bytes": FILE_BYTES}
)
for _place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", "/root"):
    leftover.add(
        f"in {_place}",
        f"""
        try: open("{_place}/" + @MARK@, "w").write("left")
        except OSError: pass
        """,
    )
leftover.add(
    "in the folder above",
    """
    import os
    for _up in ("..", "../..", "../../..", os.environ.get("HOME", ".") + "/.."):
        try: open(_up + "/" + @MARK@, "w").write("left")
        except OSError: pass
    """,
)
leftover.add(
    "named semaphores and shared blocks",
    """
    try:
        from multiprocessing import shared_memory, resource_tracker
        resource_tracker.register = lambda *a: None
        _block = shared_memory.SharedMemory(@MARK@, create=True, size=4096)
    except (OSError, ImportError): pass
    """,
)
