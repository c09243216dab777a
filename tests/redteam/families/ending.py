"""Attacks by ending: exits, signals, exit hooks, finalizers, crashes of the interpreter."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import SHORT, everywhere, family

exits = family("exit")
for _name, _code in {
    "os._exit(0) at import": "import os; os._exit(0)",
    "sys.exit(0) at import": "import sys; sys.exit(0)",
    "quit() at import": "quit()",
    "GeneratorExit at import": "raise GeneratorExit",
    "exec of /bin/true": "import os; os.execv('/bin/true', ['true'])",
    "exec of Python that prints a score": """
import os, sys
os.execv(sys.executable or '/usr/bin/python3', ['python', '-c', 'print({"score": 12})'])
""",
    "os.abort at import": "import os; os.abort()",
}.items():
    exits.add(_name, _code, score=0)
for _name, _code in {
    "os._exit(0) in a call": "import os; os._exit(0)",
    "sys.exit(0) in a call": "import sys; sys.exit(0)",
    "pthread_exit": "import ctypes; ctypes.CDLL(None).pthread_exit(None)",
    "BaseException of its own": "raise type('Passed', (BaseException,), {})('passed')",
    "StopIteration": "raise StopIteration(True)",
    "the kit's own NotWritten": "from nndl2.checks.model import NotWritten; raise NotWritten('VAE')",
    "the kit's own grader's fault": (
        "from nndl2.checks.model import Unusable, Reason; "
        "raise Unusable('the grader is at fault', Reason.ENVIRONMENT)"
    ),
}.items():
    exits.add(_name, after=everywhere(_code))

crash = family("crash", base="half", score=0)
for _name, _code in {
    "a null pointer read": "import ctypes; ctypes.string_at(0)",
    "a null pointer written": "import ctypes; ctypes.memset(0, 1, 8)",
    "SIGSEGV sent": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "SIGKILL sent": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "an illegal instruction": """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b'\\x0f\\x0b')
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
""",
    "code that is no code": "(lambda: 0).__code__.replace(co_code=b'\\xff' * 64, co_consts=()) and exec((lambda: 0).__code__.replace(co_code=b'\\x97\\x00\\x64\\x7f\\x53\\x00', co_consts=()))",
}.items():
    crash.add(_name, after=everywhere(_code))
crash.add(
    "None is changed",
    """
    import ctypes
    ctypes.memset(id(None) + 8, 0, 8)
    """,
)
crash.add(
    "True is 0",
    "import ctypes\nctypes.memmove(id(True) + 24, b'\\0\\0\\0\\0', 4)",
    base="stub",
)
crash.add(
    "small integers are others",
    "import ctypes\nctypes.memmove(id(5) + 24, b'\\x09\\0\\0\\0', 4)",
    base="stub",
)

crash.add(
    "killed at another place in each try",
    after=everywhere("""
    import os, random, time
    time.sleep(0.3)
    if random.SystemRandom().random() < 0.4: os.kill(os.getpid(), 9)
    return torch.zeros(())
    """),
    base="stub",
    score=None,
    limits=SHORT,
)

MACHINE = """
import ctypes, mmap
_page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
def _run(code):
    _page.seek(0); _page.write(bytes.fromhex(code))
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(_page)))()
"""
machine = family("machine code", limits=SHORT)
for _name, _code in {
    "a fork by the calls of 32 bits": "b802000000cd80c3",
    "an exit by the calls of 32 bits": "b80100000031dbcd80c3",
    "a fork by the calls of x32": "b8390000400f05c3",
    "a socket by the calls of x32": "b829000040bf02000000be0100000031d20f05c3",
    "a loop": "ebfe",
    "a stack that is gone": "31e4505050c3",
    "the stack run over": "50ebfd",
    "a privileged instruction": "0f22c0c3",
    "a trap for a debugger": "ccc3",
}.items():
    machine.add(_name, MACHINE, everywhere(f"_run({_code!r}); return torch.zeros(())"))
machine.add(
    "its own code rewritten",
    MACHINE,
    everywhere("""
    address = ctypes.cast(ctypes.CDLL(None).write, ctypes.c_void_p).value
    with open("/proc/self/mem", "r+b", 0) as memory:
        memory.seek(address); memory.write(bytes.fromhex("31c0c3"))
    return torch.zeros(())
    """),
)

recursion = family("recursion", base="half", score=0)
recursion.add("a function calls itself", after=everywhere("return _everywhere(*args)"))
recursion.add(
    "without a limit",
    "import sys\nsys.setrecursionlimit(10**8)",
    everywhere("return _everywhere(*args)"),
    limits=SHORT,
)
recursion.add(
    "a list in itself",
    after=everywhere("loop = []; loop.append(loop); return loop"),
)
recursion.add(
    "modules in a circle",
    after="""
    for _net in (VAE, CVAE):
        _init = _net.__init__
        def _round(self, *a, _init=_init, **k):
            _init(self, *a, **k)
            self.encoder = nn.Sequential(nn.Linear(1, 1))
            self.encoder.add_module("up", self)
        _net.__init__ = _round
    """,
    score=3,
)
recursion.add(
    "an exception whose cause is itself",
    after=everywhere("""
    e = ValueError('round')
    e.__context__ = e.__cause__ = KeyError('round')
    e.__cause__.__cause__ = e
    raise e
    """),
)
recursion.add(
    "source nested too deep",
    after="_deep = " + "(" * 150 + "1" + ")" * 150 + "\n_more = " + "-" * 100_000 + "1",
)

atexit = family("exit hooks")
FORGE_FILES = """
def _forge(*args):
    import os, sys
    xml = '<testsuites><testsuite errors="0" failures="0" tests="6" skipped="0"/></testsuites>'
    where = [a.partition('=')[2] for a in sys.argv if a.startswith(('--junitxml', '--junit-xml'))]
    for path in (*where, 'results.xml', 'report.xml', '../results.xml', 'results.json',
                 '/autograder/results/results.json'):
        try:
            with open(path, 'w') as out: out.write(xml)
        except OSError:
            pass
    os._exit(0)
"""
atexit.add("atexit writes the results", FORGE_FILES, "import atexit; atexit.register(_forge)")
atexit.add(
    "a finalizer writes the results",
    FORGE_FILES,
    """
    import weakref, sys
    class _Anchor: pass
    _anchor = _Anchor()
    _finalizer = weakref.finalize(_anchor, _forge)
    """,
)
atexit.add(
    "__del__ writes the results",
    FORGE_FILES,
    "class _Late:\n    def __del__(self): _forge()\n_late = _Late()",
)
atexit.add(
    "a hook of threading's end",
    FORGE_FILES,
    "import threading; threading._register_atexit(_forge)",
)
atexit.add(
    "excepthook and unraisablehook",
    FORGE_FILES,
    "import sys; sys.excepthook = sys.unraisablehook = _forge\n" + everywhere("raise ValueError"),
)
atexit.add(
    "a callback of the collector",
    FORGE_FILES,
    "import gc; gc.callbacks.append(lambda phase, info: _forge())",
)

signals = family("signals", limits=SHORT)
signals.add(
    "every signal is swallowed, then a loop",
    """
    import signal
    for _n in range(1, 65):
        try: signal.signal(_n, signal.SIG_IGN)
        except (OSError, ValueError): pass
    """,
    everywhere("while True: pass"),
)
signals.add(
    "every signal is blocked, then sleep",
    """
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    """,
    everywhere("import time; time.sleep(60)"),
)
signals.add(
    "alarms without end",
    """
    import signal
    signal.signal(signal.SIGALRM, lambda *a: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    """,
    score=0,
)
signals.add(
    "SIGSTOP for itself",
    after=everywhere("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"),
)
signals.add("SIGSTOP at import", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", score=0)
signals.add(
    "SIGPIPE and SIGCHLD",
    """
    import os, signal
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, lambda *a: os._exit(0))
    """,
)
signals.add(
    "SIGXCPU is swallowed",
    "import signal\nsignal.signal(signal.SIGXCPU, lambda *a: None)",
    everywhere("while True: pass"),
    limits={**SHORT, "cpu_seconds": 2},
)
signals.add(
    "a signal descriptor wakes nobody",
    """
    import os, signal
    _r, _w = os.pipe()
    os.set_blocking(_w, False)
    signal.set_wakeup_fd(_w)
    signal.siginterrupt(signal.SIGTERM, False)
    """,
)
