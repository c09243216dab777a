"""What an attack would like to read, write or reach: random values, files, listeners.

`planted` makes all of it in a folder that only its user may enter, and clears it away.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import selectors
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.assignments import ROOT

VARIABLE = "COURSE_SECRET"
OURS = ("oracles/losses.py", "assignments/vae/formulas.py")
LEFT_IN = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", "/root")


def canary(kind: str) -> str:
    return f"CANARY-{kind}-{secrets.token_hex(8)}"


@dataclass
class Planted:
    """The canaries of one run, and what the listeners have heard."""

    folder: Path
    values: dict[str, str]
    files: dict[Path, bytes]
    mark: str = field(default_factory=lambda: "rt" + secrets.token_hex(3))
    heard: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)

    def leaked(self, text: str, kinds: Iterable[str]) -> list[str]:
        """The canaries of `kinds` that `text` holds, as they are, backwards, in hex or base64."""
        values = [self.values[kind] for kind in kinds]
        shapes = {value: (value, value[::-1], value.encode().hex()) for value in values}
        found = [v for v, forms in shapes.items() if any(form in text for form in forms)]
        for word in re.findall(r"[A-Za-z0-9+/]{32,}={0,2}", text):
            with contextlib.suppress(ValueError):
                hidden = base64.b64decode(word + "=" * (-len(word) % 4)).decode("latin-1")
                found += [v for v in values if v in hidden]
        return list(dict.fromkeys(found))

    def changed(self) -> list[str]:
        """The planted files that are not as they were; put back."""
        wrong = []
        for path, content in self.files.items():
            try:
                same = path.read_bytes() == content
            except OSError:
                same = False
            if not same:
                wrong.append(str(path.relative_to(self.folder)))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return wrong

    def left(self, mark: str) -> list[str]:
        """Files with an attack's mark where none should be; removed."""
        found = [p for top in LEFT_IN if Path(top).is_dir() for p in Path(top).glob(f"*{mark}*")]
        for path in found:
            path.unlink(missing_ok=True)
        return [str(path) for path in found]


@contextlib.contextmanager
def planted() -> Iterator[Planted]:
    """A course, a submission, results and a secret, each with a canary, and listeners around."""
    before = os.environ.get(VARIABLE)
    kinds = ("course", "submission", "results", "secret", "env", "victim")
    values = {kind: canary(kind) for kind in kinds}
    folder = Path(tempfile.mkdtemp(prefix="planted-"))
    files = {
        folder / "course" / "hidden_checks.py": f"ANSWER = '{values['course']}'\n",
        folder / "submissions" / "ada" / "vae.py": f"# {values['submission']}\n",
        folder
        / "results"
        / "ada"
        / "results.json": f'{{"score": 3, "x": "{values["results"]}"}}\n',
        folder / "results" / "journal.jsonl": "{}\n",
        folder / "secret": values["secret"] + "\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    plant = Planted(
        folder,
        values,
        {path: text.encode() for path, text in files.items()},
    )
    plant.names = {
        "COURSE": str(folder / "course"),
        "SUBMISSION": str(folder / "submissions" / "ada" / "vae.py"),
        "RESULTS": str(folder / "results"),
        "SECRET": str(folder / "secret"),
        "KIT": str(ROOT),
        "PIDNS": str(Path("/proc/self/ns/pid").readlink()),
        "UNIX": str(folder / "socket"),
        "ABSTRACT": plant.mark,
        "GRADER": os.getpid(),
        "UID": os.getuid(),
    }
    os.environ[VARIABLE] = values["env"]
    try:
        with _listening(plant):
            yield plant
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before
        plant.left(plant.mark)
        shutil.rmtree(folder, ignore_errors=True)


def our_lines() -> list[str]:
    """First lines of hidden files of the kit itself, which nobody may read either."""
    return [(ROOT / "autograder" / name).read_text().splitlines()[0] for name in OURS]


@contextlib.contextmanager
def _listening(plant: Planted) -> Iterator[None]:
    """Listeners by TCP, UDP, path and abstract name; `heard` gets a line for each contact."""
    sockets = {
        "TCP": socket.create_server(("127.0.0.1", 0)),
        "UDP": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "a path": socket.socket(socket.AF_UNIX),
        "datagrams": socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        "an abstract name": socket.socket(socket.AF_UNIX),
    }
    sockets["UDP"].bind(("127.0.0.1", 0))
    sockets["a path"].bind(str(plant.names["UNIX"]))
    sockets["datagrams"].bind(f"{plant.names['UNIX']}.dgram")
    sockets["an abstract name"].bind("\0" + str(plant.names["ABSTRACT"]))
    plant.names["TCP"] = plant.names["TCP6"] = sockets["TCP"].getsockname()[1]
    plant.names["UDP"] = sockets["UDP"].getsockname()[1]
    with contextlib.suppress(OSError):
        sockets["TCP over IPv6"] = socket.create_server(("::1", 0), family=socket.AF_INET6)
        plant.names["TCP6"] = sockets["TCP over IPv6"].getsockname()[1]
    stop, wake = socket.socketpair()
    with selectors.DefaultSelector() as ears, stop, wake, contextlib.ExitStack() as open_ones:
        for name, each in sockets.items():
            open_ones.enter_context(each)
            each.setblocking(False)
            if each.type == socket.SOCK_STREAM and name != "TCP":
                each.listen()
            ears.register(each, selectors.EVENT_READ, name)
        ears.register(stop, selectors.EVENT_READ)
        thread = threading.Thread(target=_hear, args=(ears, plant.heard))
        thread.start()
        try:
            yield
        finally:
            wake.send(b"x")
            thread.join()


def _hear(ears: selectors.BaseSelector, heard: list[str]) -> None:
    while True:
        for key, _ in ears.select():
            if key.data is None:
                return
            heard.append(key.data)
            with contextlib.suppress(OSError):
                each = key.fileobj
                assert isinstance(each, socket.socket)
                if each.type == socket.SOCK_STREAM:
                    each.accept()[0].close()
                else:
                    each.recv(100)
