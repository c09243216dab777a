"""The student's module as it is saved now, and what it was when each cell of the notebook ran.

`follow(file)` looks at the file before every cell. When it has changed, the module is loaded anew
and the notebook's names for what it holds are renewed. A file that cannot be used is told in one
sentence, and importing from it tells the sentence again, so that nothing stale is trained. What
its code raises in a cell is told shortly, too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from nndl2 import NotReady
from nndl2.checks.looks import changed
from nndl2.checks.model import Unusable
from nndl2.checks.plain import plainly
from nndl2.checks.source import readable
from nndl2.notebooks.raised import tell_shortly


@dataclass(frozen=True)
class Run:
    """A cell that was run: its text then, and the digest of the student's file then."""

    text: str
    digest: str


@dataclass
class Following:
    """A file that is followed. runs: the session's runs by their numbers, In [n]; now: this one."""

    file: Path
    names: MutableMapping[str, Any]  # the notebook's
    digest: str = ""
    runs: dict[int, Run] = field(default_factory=dict)
    now: Run | None = None

    def refresh(self) -> None:
        """Load the module anew if its file has changed; print why when it cannot be used.

        What was stopped by hand is loaded again the next time.
        """
        now = digest_of(self.file)
        if now == self.digest:
            return
        changed(self.file, now)
        try:
            module = load(self.file)
        except KeyboardInterrupt:
            stopped = f"{self.file.name} was stopped by hand as it was loaded"
            self._lack(f"{stopped}; run the cell again.")
            return
        except NotReady as e:
            self._lack(str(e))
        else:
            sys.modules[self.file.stem] = module
            _renew(self.names, module)
        self.digest = now

    def _lack(self, sentence: str) -> None:
        """Say why there is no module, now and to whoever takes something from it."""
        sys.modules[self.file.stem] = _Broken(self.file.stem, sentence)
        print(sentence)

    def before(self, info: Any) -> None:
        """IPython's hook `pre_run_cell`."""
        self.refresh()
        self.now = Run(info.raw_cell, self.digest)

    def after(self, result: Any) -> None:
        """IPython's hook `post_run_cell`; the number is known by then."""
        if self.now and result.execution_count and result.info.store_history:
            self.runs[result.execution_count] = self.now
        self.now = None


class _Broken(ModuleType):
    """Stands for a module that cannot be used: taking something from it says why."""

    def __init__(self, name: str, sentence: str):
        super().__init__(name)
        self.__sentence = sentence

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions
            raise AttributeError(name)
        raise NotReady(self.__sentence)


_following: Following | None = None


def follow(file: Path) -> Following:
    """Keep the module in `file` as it is saved, from now on and before each cell of a notebook."""
    global _following
    shell, last = shell_here(), _following
    if shell and last:
        shell.events.unregister("pre_run_cell", last.before)
        shell.events.unregister("post_run_cell", last.after)
    _following = Following(file.resolve(), shell.user_ns if shell else {})
    if last and last.file == _following.file:
        _following.runs = last.runs
    _following.refresh()
    if shell:
        shell.events.register("pre_run_cell", _following.before)
        shell.events.register("post_run_cell", _following.after)
        tell_shortly(shell, _following.file)
    return _following


def runs_with(file: Path) -> dict[int, Run]:
    """What ran in this session while `file` was followed; nothing outside a notebook."""
    if _following is None or _following.file != file.resolve():
        return {}
    return _following.runs


def running() -> str:
    """The text of the cell that runs now, where a file is followed."""
    return _following.now.text if _following and _following.now else ""


def load(file: Path) -> ModuleType:
    """The module as it is saved now, its byte code on disk aside; NotReady says why it cannot be.

    As for any import it is in sys.modules while it runs, and is taken out again when it fails or is
    stopped by hand.
    """
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if not spec:
        raise NotReady(f"{file.name} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(file.stem)
    sys.modules[file.stem] = module
    try:
        exec(readable(file.read_bytes(), file.name, str(file)), vars(module))
    except BaseException as e:
        sys.modules.pop(file.stem, None)
        if before:
            sys.modules[file.stem] = before
        if not isinstance(e, (Exception, SystemExit)):
            raise
        todo = f"put this right, save {file.name}, and run the cell again."
        raise NotReady(f"{_why(file, e).rstrip('.')}; {todo}") from None
    return module


def digest_of(file: Path) -> str:
    """What tells one content of a file from another; empty when it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _why(file: Path, e: BaseException) -> str:
    if isinstance(e, Unusable):
        return e.sentence
    lines = [f.lineno for f in traceback.extract_tb(e.__traceback__) if f.filename == str(file)]
    if isinstance(e, OSError) and not lines:
        return f"{file.name} cannot be read ({e.strerror})"
    where = f"line {lines[-1]} of {file.name}" if lines else file.name
    message = plainly(type(e).__name__, str(e)).partition("\n")[0]
    return f"{where} raised {type(e).__name__}" + (f": {message}" if message else "")


def _renew(names: MutableMapping[str, Any], module: ModuleType) -> None:
    """Let the notebook's names for classes and functions of the module mean its new ones."""
    for name, value in list(names.items()):
        if isinstance(value, ModuleType) and value.__name__ == module.__name__:
            names[name] = module
        elif getattr(value, "__module__", None) == module.__name__:
            names[name] = getattr(module, getattr(value, "__qualname__", ""), value)


def shell_here() -> Any:
    """The notebook's (or the terminal's) IPython, if there is one."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()
