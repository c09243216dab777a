"""Attacks on the process around the student's file: its stack, its heap, the probe, the channel."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import everywhere, family

stack = family("stack walked", base="wrong")
STOLEN = """
def _search(names):
    import sys
    frame = sys._getframe(1)
    while frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            for name in names:
                if name in scope and scope[name] is not None:
                    return scope[name]
        frame = frame.f_back
    raise LookupError("no answer on the stack")
"""
stack.add(
    "expected in the caller", STOLEN, everywhere("return _search(['expected', 'want', 'answer'])")
)
stack.add(
    "by inspect",
    after=everywhere("""
    import inspect
    for info in inspect.stack():
        for value in list(info.frame.f_locals.values()):
            if isinstance(value, torch.Tensor) and value.ndim == 0: return value
    raise LookupError
    """),
)
stack.add(
    "by a traceback",
    after=everywhere("""
    try:
        raise ValueError
    except ValueError as e:
        frame = e.__traceback__.tb_frame
    while frame.f_back:
        frame = frame.f_back
        if 'expected' in frame.f_locals: return frame.f_locals['expected']
    raise LookupError
    """),
)
stack.add(
    "the caller's variables rewritten",
    after=everywhere("""
    import ctypes, sys
    frame = sys._getframe(1)
    while frame is not None:
        for name in ('expected', 'want', 'question', 'target', 'answer', 'me', 'number'):
            if name in frame.f_locals:
                frame.f_locals[name] = None
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return torch.zeros(())
    """),
)
stack.add(
    "the caller's code replaced",
    after=everywhere("""
    import sys
    frame = sys._getframe(1)
    while frame is not None:
        for value in list(frame.f_globals.values()):
            if hasattr(value, '__code__') and value.__name__ in ('taken', 'pack_value', '_asked'):
                value.__code__ = (lambda *a, **k: None).__code__
        frame = frame.f_back
    return torch.zeros(())
    """),
)
stack.add(
    "tests of the caller become others",
    after=everywhere("""
    import sys
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in list(frame.f_globals.items()):
            if name.startswith(('test_', 'check_', 'expect')) and hasattr(value, '__code__'):
                if not value.__code__.co_freevars:
                    value.__code__ = (lambda *a, **k: None).__code__
        frame = frame.f_back
    return None
    """),
)

heap = family("heap searched", base="wrong")
heap.add(
    "a solution among all modules",
    after="""
    import gc
    for _each in gc.get_objects():
        if isinstance(_each, dict) and _each is not globals():
            _name = str(_each.get("__name__"))
            if _name.endswith(("solution", "reference", "oracle", "losses", "samplers", "catalogue")):
                for _key in ("reparametrize", "loss_function", "VAE", "CVAE"):
                    if _key in _each: globals()[_key] = _each[_key]
    """,
)
heap.add(
    "numbers among all objects",
    after=everywhere("""
    import gc
    for each in gc.get_objects():
        if isinstance(each, dict) and 'expected' in each: return each['expected']
    raise LookupError
    """),
)
heap.add(
    "the probe answers for itself",
    after="""
    import gc, torch
    for _each in gc.get_objects():
        if type(_each).__name__ == "Probe":
            type(_each).call = lambda self, *a, **k: torch.zeros(())
            type(_each).gradients = type(_each).weights = lambda self, *a, **k: {}
            type(_each).build = lambda self, *a, **k: type("Handle", (), {"key": 0})()
    """,
    score=0,
)
heap.add(
    "every function of the engine replaced",
    """
    import gc, types
    for _each in gc.get_objects():
        if isinstance(_each, types.FunctionType) and _each.__module__ in (
            "nndl2.checks.compare", "nndl2.checks.run", "nndl2.probing.probe", "boundary.messages",
        ) and not _each.__code__.co_freevars:
            _each.__code__ = (lambda *a, **k: None).__code__
    """,
)
heap.add(
    "referrers of the module",
    """
    import gc, sys
    for _holder in gc.get_referrers(globals()):
        for _more in gc.get_referrers(_holder):
            if isinstance(_more, dict):
                for _key in list(_more):
                    if _key in ("answers", "points", "verdicts", "expected"): _more[_key] = True
    """,
)

probe = family("probe patched")
for _name, _body in {
    "taken": "_p.taken = _t.taken = lambda value: {'pass': True}",
    "taken, in its own type": "import numpy; _p.taken = lambda v: numpy.full((), 8.5079)",
    "raw": "import numpy; _p.raw = _t.raw = lambda tensor: numpy.zeros(tuple(tensor.shape))",
    "errors become passes": "_p.Probe.watched = lambda self, target: __import__('contextlib').suppress(BaseException)",
    "NotWritten is never raised": "_p.NotWritten = type('N', (Exception,), {'__init__': lambda s, *a: None})",
    "seed_all": "_p.seed_all = _p.reset_seed = lambda seed: None",
    "slopes": "_p._slopes = lambda total, leaves: {n: _p.raw(l) for n, l in leaves.items()}",
    "layers that look right": "_p.Probe.layers = lambda self, handle, *a: [_p.Layer('0', 'Linear', (5, 784), (5, 400)), _p.Layer('1', 'ReLU', (5, 400), (5, 400))] * 3",
    "weights that look right": "import numpy; _p.Probe.weights = lambda self, handle: {'0.weight': numpy.ones((400, 784), 'f'), '0.bias': numpy.ones(400, 'f')}",
    "a class in its place": "import sys; sys.modules['nndl2.probing.probe'] = type('Probe', (), {'__getattr__': lambda s, n: 1 / 0})()",
}.items():
    probe.add(_name, f"import nndl2.probing.probe as _p, nndl2.probing.taking as _t\n{_body}")

probe.add(
    "gradients that arrive where the code cuts them off",
    after="""
    import nndl2.probing.probe as _p
    _slopes = _p._slopes
    _p._slopes = lambda total, leaves: {
        name: torch.ones(leaf.shape).numpy() if g is None else g
        for (name, leaf), g in zip(leaves.items(), _slopes(total, leaves).values())}
    """,
    base="deaf",
)
probe.add(
    "what crosses the boundary",
    after="""
    import boundary.messages as _m, boundary.frames as _f, boundary.worker as _w
    _m.pack_named = lambda by, back: {name: None for name in by}
    _f.send = lambda *a, **k: None
    _w.VERBS["gradients"] = lambda *a, **k: {"value": None, "by": {}}
    """,
    base="deaf",
)

channel = family("channel taken over")
SERVER = """
import json, os, struct, sys
def _frame(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack("!4sII", b"nnd2", len(text), len(body)) + text + body
"""
channel.add(
    "answers by itself",
    SERVER,
    """
    import socket
    _talk = socket.socket(fileno=os.dup(3))
    def _exactly(n):
        data = b""
        while len(data) < n:
            more = _talk.recv(n - len(data))
            if not more: os._exit(0)
            data += more
        return data
    _number = 1
    _talk.sendall(_frame({"number": 1, "arrays": []}))
    while True:
        _magic, _h, _b = struct.unpack("!4sII", _exactly(12))
        _question, _ = json.loads(_exactly(_h)), _exactly(_b)
        _number = _question["number"]
        if _question["ask"] == "build":
            _answer, _body = {"key": 0, "arrays": []}, b""
        elif _question["ask"] == "weights":
            _answer, _body = {"by": [["weight", {"array": 0}]], "arrays": [["<f4", [400, 784]]]}, bytes(4 * 400 * 784)
        elif _question["ask"] == "layers":
            _answer, _body = {"layers": [["0", "Linear", [5, 784], [5, 400]]], "arrays": []}, b""
        else:
            _answer = {"value": {"array": 0}, "by": [], "pass": True, "score": 12, "arrays": [["<f8", []]]}
            _body = struct.pack("<d", 8.5079)
        _talk.sendall(_frame({"number": _number, **_answer}, _body))
    """,
    score=0,
)
channel.add(
    "every answer says pass",
    SERVER,
    """
    for _name, _module in list(sys.modules.items()):
        if _name.endswith(".frames") and hasattr(_module, "send"):
            _send = _module.send
            def _lie(sock, header, arrays=(), deadline=None, _send=_send):
                return _send(sock, {**header, "pass": True, "passed": True, "outcome": "pass",
                                    "score": 12, "status": "graded", "verdict": "pass"}, arrays, deadline)
            _module.send = _lie
    """,
)
channel.add(
    "stolen and closed",
    after=everywhere("import os; os.close(3); return torch.zeros(())"),
)
channel.add(
    "handed to a child that answers",
    SERVER,
    everywhere("""
    import os, time
    if os.fork() == 0:
        for n in range(1, 60):
            try:
                os.write(3, _frame({"number": n, "value": None, "pass": True, "arrays": []}))
            except OSError:
                break
        os._exit(0)
    time.sleep(0.05)
    return torch.zeros(())
    """),
)
channel.add(
    "a thread that answers first",
    SERVER,
    everywhere("""
    import os, threading
    def answer():
        for n in range(1, 30):
            os.write(3, _frame({"number": n, "value": {"array": 0}, "arrays": [["<f8", []]]}, struct.pack("<d", 1.0)))
    thread = threading.Thread(target=answer)
    thread.start()
    thread.join()
    return torch.zeros(())
    """),
)
channel.add(
    "the next answer, ahead of its question",
    SERVER,
    everywhere("""
    frame = sys._getframe()
    number = 0
    while frame:
        question = frame.f_locals.get("question")
        if isinstance(question, dict): number = question["number"]
        frame = frame.f_back
    value = struct.pack("<d", 8.5079)
    for n in (number, number + 1, number + 2):
        try:
            os.write(3, _frame({"number": n, "value": {"array": 0}, "arrays": [["<f8", []]]}, value))
        except OSError:
            pass
    return torch.zeros(())
    """),
)

watching = family("tracing")
watching.add(
    "settrace rewrites locals",
    """
    import sys
    def _trace(frame, event, arg):
        if event == "return" and frame.f_code.co_name in ("taken", "call", "close"):
            frame.f_locals["value"] = True
        return _trace
    sys.settrace(_trace)
    import threading
    threading.settrace(_trace)
    """,
)
watching.add(
    "setprofile raises",
    """
    import sys
    def _profile(frame, event, arg):
        if frame.f_code.co_name in ("send", "pack_value", "ask"): raise SystemExit(0)
    sys.setprofile(_profile)
    """,
)
watching.add(
    "an audit hook that stops everything",
    """
    import sys
    def _hook(event, args):
        if event.startswith(("socket.", "open", "compile")): raise RuntimeError("audited")
    sys.addaudithook(_hook)
    """,
)
watching.add(
    "faulthandler ends the process later",
    "import faulthandler\nfaulthandler.dump_traceback_later(0.2, exit=True)",
)
watching.add(
    "an exception set in the main thread",
    """
    import ctypes, threading, time
    _main = threading.main_thread().ident
    def _inject():
        for _ in range(200):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(_main), ctypes.py_object(SystemExit))
            time.sleep(0.005)
    threading.Thread(target=_inject, daemon=True).start()
    """,
)
