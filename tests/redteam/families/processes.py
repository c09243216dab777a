"""Attacks by other processes: forks, threads, bombs, daemons, killing, rights over others.

None forks more than 40 times; each child ends by itself within 20 s; kill(-1) is only tried
in a PID namespace of its own or as a user that owns nothing else.
"""

from __future__ import annotations

from redteam.attack import SHORT, everywhere, family

CHILD = """
import ctypes, os, signal, sys, time
def _named():
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.alarm(20)
    ctypes.CDLL(None).prctl(15, @MARK@.encode()[:15], 0, 0, 0)
def _fork():
    pid = os.fork()
    if pid == 0: _named()
    return pid
"""

forks = family("forks")
forks.add("at import, both go on", CHILD, "_fork()")
forks.add("in a call, both answer", CHILD, everywhere("_fork(); return torch.zeros(())"))
forks.add(
    "the child answers, the parent ends",
    CHILD,
    everywhere("if _fork(): os._exit(0)\nreturn torch.zeros(())"),
)
forks.add(
    "the child serves on",
    CHILD,
    everywhere("""
    if _fork() == 0:
        os.getpid = lambda me=os.getppid(): me
        return torch.full((), 8.5079)
    return torch.zeros(())
    """),
)
forks.add("vfork by ctypes", CHILD, everywhere("ctypes.CDLL(None).fork(); return torch.zeros(())"))
forks.add(
    "clone by number",
    CHILD,
    everywhere("ctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0); _named(); return torch.zeros(())"),
)
forks.add(
    "multiprocessing answers",
    CHILD,
    """
    import multiprocessing
    def _work(q): _named(); q.put(8.5079)
    def loss_function(*a):
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        context.Process(target=_work, args=(queue,)).start()
        return torch.tensor(queue.get(timeout=1))
    """,
)
forks.add(
    "a shell",
    CHILD,
    everywhere("""
    import subprocess
    try: subprocess.run(["/bin/sh", "-c", "echo score 12; sleep 1"], timeout=2)
    finally: raise ValueError("no shell")
    """),
    limits=SHORT,
)

daemons = family("daemons")
daemons.add(
    "a double fork in a session of its own",
    CHILD,
    """
    if _fork() == 0:
        os.setsid()
        if _fork(): os._exit(0)
        time.sleep(20)
        os._exit(0)
    """,
)
daemons.add(
    "thirty of them, hidden behind each other",
    CHILD,
    """
    for _ in range(30):
        try:
            if _fork(): break
        except OSError: break
        os.setsid()
    else:
        time.sleep(20)
    """,
)
daemons.add(
    "it writes the results later",
    CHILD,
    """
    if _fork() == 0:
        os.setsid()
        for _ in range(100):
            time.sleep(0.1)
            for _path in ("results.xml", "results.json", "../results.json"):
                try: open(_path, "w").write('{"score": 12}')
                except OSError: pass
        os._exit(0)
    """,
)
daemons.add(
    "it holds output and connection open",
    CHILD,
    """
    if _fork() == 0:
        os.setsid()
        for _fd in range(64):
            try: os.dup2(_fd, 100 + _fd)
            except OSError: pass
        time.sleep(20)
        os._exit(0)
    """,
)
daemons.add(
    "born in the last moment",
    CHILD,
    """
    import atexit, weakref
    def _again(*a):
        if _fork() == 0:
            os.setsid(); time.sleep(20); os._exit(0)
    atexit.register(_again)
    signal.signal(signal.SIGTERM, _again)
    class _Last:
        def __del__(self): _again()
    _last = _Last()
    """,
)
daemons.add(
    "a chain that forks on for three seconds",
    CHILD,
    """
    if _fork() == 0:
        os.setsid()
        _end = time.monotonic() + 3
        for _ in range(30):
            if time.monotonic() > _end: break
            try:
                if _fork(): os._exit(0)
            except OSError: break
            time.sleep(0.1)
        os._exit(0)
    """,
)

bombs = family("process and thread bombs", limits=SHORT, alone=True)
BOMB = """
for _ in range(40):
    try:
        if _fork() == 0:
            os.setsid()
            time.sleep(15)
            os._exit(0)
    except OSError:
        break
"""
bombs.add("forty forks at import", CHILD, BOMB)
bombs.add(
    "forty forks that spin",
    CHILD,
    BOMB.replace("time.sleep(15)", "\n            while time.process_time() < 1: pass"),
)
bombs.add("forty forks in a call", CHILD, everywhere(BOMB + "\nreturn torch.zeros(())"))
bombs.add(
    "forks that double",
    CHILD,
    """
    for _ in range(5):
        try: _fork()
        except OSError: break
    """,
)
bombs.add(
    "a hundred threads",
    CHILD,
    """
    import threading
    for _ in range(100):
        try: threading.Thread(target=time.sleep, args=(15,), daemon=True).start()
        except RuntimeError: break
    """,
)
bombs.add(
    "a hundred threads by clone",
    CHILD,
    """
    import _thread
    def _spin():
        end = time.monotonic() + 5
        while time.monotonic() < end: pass
    for _ in range(100):
        try: _thread.start_new_thread(_spin, ())
        except RuntimeError: break
    """,
)
bombs.add(
    "threads that are no daemons",
    CHILD,
    """
    import threading
    for _ in range(20): threading.Thread(target=time.sleep, args=(15,)).start()
    """,
)

late = family("later answers")
late.add(
    "a thread changes what was returned",
    after="""
    import threading, time
    def _change(tensor):
        for _ in range(50): time.sleep(0.002); tensor.fill_(8.5079)
    def loss_function(*a):
        out = torch.zeros(())
        threading.Thread(target=_change, args=(out,), daemon=True).start()
        return out
    """,
)
late.add(
    "a thread that stays at work",
    after="""
    import threading
    def _forever():
        while True:
            for name in ("loss_function", "reparametrize"): globals()[name] = lambda *a: a[0]
    threading.Thread(target=_forever, daemon=True).start()
    """,
    limits={"budget_seconds": 20.0},
)
late.add(
    "shared memory that a child fills",
    "import mmap\n" + CHILD,
    """
    _page = mmap.mmap(-1, 4096)
    if _fork() == 0:
        for _ in range(100):
            _page[:8] = bytes(8)
            time.sleep(0.02)
        os._exit(0)
    def loss_function(*a):
        return torch.frombuffer(_page, dtype=torch.float64, count=1)[0]
    """,
)
late.add(
    "a coroutine, a generator, a future",
    after="""
    import concurrent.futures
    async def loss_function(*a): return torch.zeros(())
    def reparametrize(mu, logvar): yield mu
    def _forward(self, *a): return concurrent.futures.Future(), map(str, a), iter(a)
    VAE.forward = CVAE.forward = _forward
    """,
)

SAFE = """
import os
def _harmless():
    # kill(-1) must hit nobody else's processes: a PID namespace of our own, or a user of our own
    if os.readlink("/proc/self/ns/pid") == @PIDNS@ and os.getuid() < 20000:
        raise RuntimeError("this would hit others")
"""
kills = family("killing others", limits=SHORT, alone=True)
kills.add(
    "the keeper",
    after=everywhere(
        "import os; os.kill(os.getppid(), 9); import time; time.sleep(0.3); return torch.zeros(())"
    ),
)
kills.add(
    "the keeper, when its own death is called off",
    CHILD,
    everywhere("""
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if _fork() == 0:
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        os.setsid(); time.sleep(20); os._exit(0)
    os.kill(os.getppid(), 9)
    time.sleep(20)
    """),
)
kills.add("the keeper, at import", "import os\nos.kill(os.getppid(), 9)", score=0)
kills.add(
    "the keeper is stopped",
    after=everywhere(
        "import os, signal, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(20)"
    ),
)
kills.add(
    "the warm parent",
    after=everywhere("import os; os.kill(@WARM@, 9)\nreturn torch.zeros(())"),
    needs="others",
    deadly=True,
)
kills.add(
    "the warm parent, found by its child",
    after=everywhere("""
    import os, pathlib
    stat = pathlib.Path(f'/proc/{os.getppid()}/stat').read_text()
    os.kill(int(stat.rpartition(')')[2].split()[1]), 9)
    return torch.zeros(())
    """),
    needs="others",
    deadly=True,
)
kills.add(
    "the grader",
    after=everywhere("import os; os.kill(@GRADER@, 9)"),
    needs="grader",
    deadly=True,
)
kills.add("its process group", after=everywhere("import os; os.killpg(0, 9)"))
kills.add(
    "everybody",
    SAFE,
    everywhere("import os; _harmless(); os.kill(-1, 9); return torch.zeros(())"),
    needs="others",
    deadly=True,
)
kills.add(
    "everybody is stopped",
    SAFE,
    everywhere("import os, signal, time; _harmless(); os.kill(-1, signal.SIGSTOP); time.sleep(20)"),
    needs="others",
    deadly=True,
)
kills.add(
    "another worker",
    after=everywhere("import os; os.kill(@VICTIM@, 9); return torch.zeros(())"),
    needs="others",
    deadly=True,
)
SIGNALLED = """
    import fcntl, os, socket
    a, b = socket.socketpair()
    fcntl.fcntl(a, fcntl.F_SETOWN, {})
    fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC)
    b.send(b"x")
    return torch.zeros(())
"""
kills.add(
    "the keeper, by a descriptor that signals", after=everywhere(SIGNALLED.format("os.getppid()"))
)
kills.add(
    "the grader, by a descriptor that signals",
    after=everywhere(SIGNALLED.format("@GRADER@")),
    needs="grader",
    deadly=True,
)
kills.add(
    "a descriptor of the keeper's process",
    after=everywhere("""
    import os, signal
    signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGKILL)
    return torch.zeros(())
    """),
)

rights = family("limits and priorities")
rights.add(
    "its own limits raised",
    """
    import resource
    for _kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE,
                  resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        try:
            _hard = resource.getrlimit(_kind)[1]
            resource.setrlimit(_kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            if _hard != resource.RLIM_INFINITY: print("BREACH limit", _kind, "was raised")
        except (ValueError, OSError):
            pass
    """,
)
rights.add(
    "the keeper's limits lowered",
    """
    import os, resource
    try:
        resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))
        print("BREACH the keeper has three descriptors")
    except (OSError, ValueError): pass
    """,
    needs="rights",
    deadly=True,
)
rights.add(
    "the warm parent's limits lowered",
    """
    import os, resource
    try:
        resource.prlimit(@WARM@, resource.RLIMIT_NPROC, (1, 1))
        print("BREACH the warm parent forks no more")
    except (OSError, ValueError): pass
    """,
    needs="rights",
    deadly=True,
)
rights.add(
    "priority",
    """
    import os
    for _change in (lambda: os.nice(-20), lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
                    lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))):
        try:
            _change()
            print("BREACH priority")
        except OSError:
            pass
    """,
    needs="rights",
    deadly=True,
)
rights.add(
    "the keeper made slow",
    """
    import os
    for _change in (lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
                    lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))):
        try:
            _change()
            print("BREACH the keeper is slow")
        except OSError:
            pass
    """,
    needs="rights",
    deadly=True,
)
rights.add(
    "last to be killed when memory ends",
    """
    try:
        with open("/proc/self/oom_score_adj", "w") as _out: _out.write("-1000")
        print("BREACH out-of-memory score")
    except OSError: pass
    """,
    needs="files",
)
rights.add(
    "another user",
    """
    import os
    for _change in (os.setuid, os.setgid, os.seteuid, lambda n: os.setresuid(n, n, n)):
        try: _change(0)
        except OSError: continue
    if os.getuid() == 0 and @UID@ != 0: print("BREACH root")
    """,
)
rights.add(
    "a program with more rights",
    """
    import glob, subprocess
    for _path in ("/bin/su", "/usr/bin/sudo", "/usr/bin/passwd", "/usr/bin/mount"):
        try: subprocess.run([_path, "--help"], capture_output=True, timeout=1)
        except Exception: pass
    """,
)
