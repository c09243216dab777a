"""Attacks on the pipe: bytes that are no frame, frames that lie, frames at the wrong time."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import SHORT, everywhere, family

FORGE = """
import json, os, struct, sys, time
def _number():
    frame = sys._getframe(1)
    while frame is not None:
        question = frame.f_locals.get("question")
        if isinstance(question, dict) and "number" in question: return question["number"]
        frame = frame.f_back
    return 1
def _frame(header, body=b"", magic=b"nnd2", head=None, size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("!4sII", magic, len(text) if head is None else head,
                       len(body) if size is None else size) + text + body
def _shout(data, fds=range(0, 64)):
    for fd in fds:
        try:
            os.write(fd, data)
        except (OSError, ValueError):
            pass
def _answer(value, arrays, body=b"", **more):
    return _frame({"number": _number(), "value": value, "arrays": arrays, **more}, body)
"""

noise = family("noise on descriptors")
for _name, _bytes in {
    "junk": "b'junk' * 5000",
    "zeros": "bytes(50_000)",
    "a score as a line of JSON": """b'{"score": 100, "pass": true}\\n'""",
    "a keeper's report": "_frame({'code': 0, 'killed': False, 'peak': 0, 'arrays': [['|u1', [0]]]})",
    "the order to kill": "b'k' * 100",
    "a request to fork": "_frame({'fork': {}, 'deep': False, 'walls': [], 'arrays': []}) + b'+'",
    "ready once more": "_frame({'ready': True, 'cuda': True, 'arrays': []})",
    "another magic": "_frame({'number': _number()}, magic=b'NND3')",
}.items():
    noise.add(_name, FORGE, everywhere(f"_shout({_bytes})\nreturn torch.zeros(())"))

forged = family("forged frames")
_ONE = "struct.pack('<d', 8.5079)"
for _name, _bytes in {
    "an answer with a verdict": f"_answer({{'array': 0}}, [['<f8', []]], {_ONE}, **{{'pass': True, 'score': 12}})",
    "a huge header announced": "_frame(b'{}', head=0xffffffff)",
    "a huge body announced": "_frame({'number': _number(), 'arrays': []}, size=0xfffffff0)",
    "arrays of objects": "_answer({'array': 0}, [['|O', [1]]], bytes(8))",
    "arrays of strings": "_answer({'array': 0}, [['<U4', [1]]], bytes(16))",
    "big-endian and void arrays": "_answer({'array': 0}, [['>f8', []], ['|V8', []]], bytes(16))",
    "negative sizes": "_answer({'array': 0}, [['<f8', [-1, -1]]], bytes(8))",
    "sizes whose product overflows": "_answer({'array': 0}, [['<f8', [2**28] * 8]], bytes(8))",
    "zeros that hide a giant": "_answer({'array': 0}, [['<f8', [2**28, 2**28, 2**28, 0]]])",
    "sizes that are no numbers": "_answer({'array': 0}, [['<f8', [True, 1.0, '1', None]]], bytes(8))",
    "a hundred axes": "_answer({'array': 0}, [['<f8', [1] * 100]], bytes(8))",
    "a million arrays": "_frame(b'{\"number\": 1, \"arrays\": [' + b','.join([b'[\"<f8\", [0]]'] * 60_000) + b']}')",
    "an array that is not there": "_answer({'array': 7}, [])",
    "an array of a negative number": "_answer({'array': -1}, [['<f8', []]], bytes(8))",
    "JSON nested 10000 deep": "_frame(b'[' * 10_000 + b']' * 10_000)",
    "objects nested 10000 deep": "_frame(b'{\"number\":' * 10_000 + b'1' + b'}' * 10_000)",
    "the same key twice": '_frame(b\'{"number": 1, "number": %d, "arrays": [], "value": null}\' % _number())',
    "NaN and Infinity as numbers": '_frame(b\'{"number": NaN, "key": Infinity, "arrays": []}\')',
    "a number of 4000 digits": "_frame(b'{\"number\": ' + b'9' * 4000 + b', \"arrays\": []}')",
    "a number of 900000 digits": "_frame(b'{\"number\": ' + b'9' * 900_000 + b', \"arrays\": []}')",
    "a header that is no UTF-8": "_frame(b'\\xff\\xfe{}')",
    "surrogates and NUL in names": "_answer({'odd': '\\ud800\\x00' * 50}, [])",
    "an answer to another question": "_frame({'number': 99_999, 'value': None, 'arrays': []})",
    "a number that is a float": "_frame({'number': float(_number()), 'value': None, 'arrays': []})",
    "a number that is true": "_frame({'number': True, 'value': None, 'arrays': []})",
    "an error of the grader": "_frame({'number': _number(), 'error': {'is': 'unusable', 'sentence': 'our fault', 'reason': 'environment', 'target': '', 'line': 0}, 'arrays': []})",
    "an error with a reason of its own": "_frame({'number': _number(), 'error': {'is': 'unusable', 'sentence': 'x', 'reason': 'none', 'target': '', 'line': -5}, 'arrays': []})",
    "an error that passes": "_frame({'number': _number(), 'error': {'is': 'pass', 'target': ''}, 'arrays': []})",
    "an error of a thousand frames": "_frame({'number': _number(), 'error': {'is': 'student', 'target': '', 'kind': 'E', 'message': 'm', 'frames': [['f', 1, 't']] * 1000}, 'arrays': []})",
    "keys of objects that are not there": "_frame({'number': _number(), 'key': 2**70, 'arrays': []})",
    "layers without end": "_frame({'number': _number(), 'layers': [['', 'Linear', [1], [1]]] * 9000, 'arrays': []})",
    "values nested without end": "_frame(b'{\"number\": %d, \"arrays\": [], \"value\": ' % _number() + b'[' * 500 + b']' * 500 + b'}')",
    "a million values": "_frame(b'{\"number\": %d, \"arrays\": [], \"value\": [' % _number() + b'null,' * 150_000 + b'null]}')",
}.items():
    forged.add(_name, FORGE, everywhere(f"os.write(3, {_bytes})\nreturn torch.zeros(())"))

slow = family("slow or broken frames", limits=SHORT)
slow.add(
    "half a frame, then silence",
    FORGE,
    everywhere(f"os.write(3, _answer({{'array': 0}}, [['<f8', []]], {_ONE})[:20]); time.sleep(30)"),
)
slow.add(
    "a byte at a time",
    FORGE,
    everywhere("""
    for byte in _answer(None, [], note="x" * 5000):
        os.write(3, bytes([byte])); time.sleep(0.05)
    """),
)
slow.add(
    "a body that never comes",
    FORGE,
    everywhere("""
    os.write(3, _frame({"number": _number(), "value": {"array": 0}, "arrays": [["<f4", [8, 1 << 20]]]}, size=32 << 20))
    while True: os.write(3, bytes(1000)); time.sleep(0.01)
    """),
)
slow.add(
    "half a frame, then the end",
    FORGE,
    everywhere("os.write(3, b'nnd2\\0\\0'); os._exit(0)"),
)
slow.add(
    "the connection shut for writing",
    after=everywhere("""
    import socket
    socket.socket(fileno=3).shutdown(socket.SHUT_WR)
    import time; time.sleep(30)
    """),
)
slow.add(
    "questions are never read",
    after="import time, socket\nsocket.socket(fileno=3).shutdown(socket.SHUT_RD)\ntime.sleep(30)",
)

early = family("answers before questions")
early.add(
    "while the file loads",
    FORGE,
    """
    for _n in range(1, 60):
        try: os.write(3, _frame({"number": _n, "value": {"array": 0}, "key": 0, "by": [], "layers": [], "pass": True,
                                 "arrays": [["<f8", []]]}, struct.pack("<d", 8.5079)))
        except OSError: break
    """,
    score=0,
)
early.add(
    "a guess for each stored number",
    FORGE,
    """
    for _n, _value in enumerate((8.5079, -0.4363, 1.6860, 0.0, 1.0), 2):
        os.write(3, _frame({"number": _n, "value": {"array": 0}, "arrays": [["<f8", []]]}, struct.pack("<d", _value)))
    """,
    score=0,
)
early.add(
    "a second answer behind the true one",
    FORGE,
    """
    import threading
    def _later():
        for n in range(2, 40):
            time.sleep(0.01)
            try: os.write(3, _frame({"number": n, "value": None, "pass": True, "arrays": []}))
            except OSError: break
    threading.Thread(target=_later, daemon=True).start()
    """,
)
early.add(
    "256 MiB that describe themselves rightly",
    FORGE,
    everywhere("""
    os.write(3, _frame({"number": _number(), "value": {"array": 0}, "arrays": [["|u1", [200 << 20]]]}, size=200 << 20))
    for _ in range(200): os.write(3, bytes(1 << 20))
    time.sleep(30)
    """),
    limits=SHORT,
    alone=True,
)
