"""A student's file, loaded as a module under a private name, and what its exceptions mean."""

from __future__ import annotations

import ast
import difflib
import inspect
import io
import itertools
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

from nndl2.checks.model import Frame, NotWritten, Reason, StudentError, Unusable
from nndl2.checks.names import instead, misplaced_method
from nndl2.checks.notes import COLAB, SETTINGS
from nndl2.checks.outdated import not_installed, older_name, outdated
from nndl2.checks.plain import NO_NETWORK, plainly
from nndl2.checks.pythons import newer_name, too_new
from nndl2.checks.source import readable
from nndl2.notebooks import colab
from nndl2.probing.settings import KeptSettings

RAISES = re.compile(r"\braise\b")
DEBUGGER = re.compile(r"\b(breakpoint|set_trace)\s*\(")
INSTALLED = {"torch", "numpy", "torchvision", "matplotlib", "nndl2"}
PYTHON_2 = {"urllib2", "cPickle", "cStringIO", "StringIO", "ConfigParser", "Queue", "Tkinter"}
CHECKS_ITSELF = "it runs the notebook's checks, which load this file themselves; delete that line"
OURS = {  # what nndl2 itself raises while a file that calls it is loaded
    "Stopped": "it trains while it is loaded; keep the training in the notebook",
    "CheckFailed": CHECKS_ITSELF,
    "Unknown": CHECKS_ITSELF,
}
OWN_FILE = re.compile(  # how students call files of theirs, between underscores
    r"my\w*|utils?|helpers?|models?|losses|layers?|networks?|nets?|train(ing|er)?"
    r"|data(sets?|loaders?)?|config|common|modules?|functions?|solutions?|notebook|main|lib|src"
    r"|code|hw\d*|homework\d*|assignment\d*|project\d*|part\d*"
)
VARIOUS, NAMED = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
_private = itertools.count()
Given = TypeVar("Given")


class Student:
    """The module that a student's file makes, from the file's bytes.

    Raises `Unusable` when the file cannot be read or raises while it loads.
    """

    def __init__(self, source: bytes, file: str):
        self.file = file
        self.path = f"<{file} {next(_private)}>"
        self.notes: tuple[str, ...] = ()
        code = readable(source, file, self.path)
        text = list(io.StringIO(source.decode("utf-8-sig", "replace"), newline=None))
        linecache.cache[self.path] = (len(source), None, text, self.path)
        try:
            self.load(code)
        except StudentError as e:
            self.close()
            raise self.unloadable(e) from None
        except BaseException:
            self.close()
            raise

    def load(self, code: CodeType) -> None:
        """Run the student's file."""
        self.attempt(lambda: self.execute(code))

    def attempt(self, ask: Callable[[], Given]) -> Given:
        """What `ask` gives; where it fails for want of Colab, again with a stand-in.

        Raises `Unusable` where it fails for want of a newer Python or an older package.
        """
        try:
            return ask()
        except StudentError as e:
            if newer := newer_name(e.kind, e.message):
                version, name = newer
                line = e.frames[-1].line if e.frames else 0
                raise too_new(version, self.file, line, name) from None
            if older := older_name(e.kind, e.message):
                line = e.frames[-1].line if e.frames else 0
                raise outdated(older, self.file, line, self.tree()) from None
            if e.kind != "ModuleNotFoundError" or not colab.is_wanted(e.message):
                raise
        with colab.stand_in():
            found = ask()
        self.notes += () if COLAB in self.notes else (COLAB,)
        return found

    def execute(self, code: CodeType) -> None:
        """Run the file once, as a fresh module."""
        self.module = ModuleType(f"_student_{next(_private)}")
        self.module.__file__ = self.file
        sys.modules[self.module.__name__] = self.module
        with self.watched(self.file) as changed:
            exec(code, vars(self.module))
        if changed:
            self.notes += (SETTINGS,)

    @staticmethod
    def unloadable(e: StudentError) -> Unusable:
        """What stops a file from being loaded, as one sentence with its line."""
        line, written = (e.frames[-1].line, e.frames[-1].text) if e.frames else (0, "")
        where = f" at line {line}" if line else ""
        text = f"{e.target} raised {e.kind}{where} while it was loaded"
        meant = OURS.get(e.kind) or (plainly(e.kind, e.message, written) or written)[:200]
        return Unusable(f"{text}: {meant}" if meant else text, Reason.CRASHED, line=line)

    def close(self) -> None:
        """Forget the module."""
        sys.modules.pop(self.module.__name__, None)
        linecache.cache.pop(self.path, None)

    def named(self, name: str) -> Any:
        """The student's function or class `name`, else Unusable with the nearest name there is."""
        found = getattr(self.module, name, None)
        if callable(found):
            return found
        if name in vars(self.module):
            raise Unusable(f"{name} in {self.file} is no function or class", Reason.MALFORMED, name)
        own = {k: v for k, v in vars(self.module).items() if self.is_own(v)}
        classes = [k for k, v in own.items() if _is_class(v)]
        hint = instead(name, self.tree(), classes, [k for k in own if k not in classes])
        raise Unusable(f"{self.file} has no {name}{hint}", Reason.MALFORMED, name)

    def tree(self) -> ast.AST:
        """The syntax tree of the file."""
        return ast.parse("".join(linecache.getlines(self.path)))

    def is_own(self, value: Any) -> bool:
        """Whether a function or class comes from the student's own file."""
        mine = getattr(value, "__module__", "") == self.module.__name__
        return mine and (inspect.isroutine(value) or _is_class(value))

    @contextmanager
    def watched(self, target: str) -> Iterator[list[str]]:
        """Turn what the student's code raises into a StudentError with its own frames only.

        What it sets in torch for everyone is put back, and named in what this yields.
        """
        try:
            with self.found_by_name(), KeptSettings() as changed:
                yield changed
        except KeyboardInterrupt:  # the notebook's own; a worker has none
            raise
        except BaseException as e:
            frames = self.frames(e)
            if unwritten := self.unwritten(e, target):
                raise NotWritten(unwritten) from None
            if isinstance(e, ModuleNotFoundError) and self.is_missing(e):
                raise _missing(e, target, self.file, frames, self.tree()) from None
            kind, message = type(e).__name__, _message(e)
            if kind == "TypeError" and not frames:
                message = self.odd_method(target) or message
            if isinstance(e, OSError) and _within(e, "socket.py"):
                message = NO_NETWORK
            raise StudentError(target, kind, message, frames) from None

    @contextmanager
    def found_by_name(self) -> Iterator[None]:
        """Let the file that imports itself find itself, unless somebody else has its name."""
        own = self.file.partition(".")[0]
        itself = sys.modules.setdefault(own, self.module)
        try:
            yield
        finally:
            if itself is self.module:
                sys.modules.pop(own, None)

    def frames(self, e: BaseException) -> tuple[Frame, ...]:
        """The student's own lines in the traceback of `e`.

        A debugger stops one line after its own, and outside of the file where no line comes after.
        """
        own = [f for f in traceback.extract_tb(e.__traceback__) if f.filename == self.path]
        lines = [f.lineno or 0 for f in own[-3:]]
        text = linecache.getlines(self.path)
        if type(e).__name__ == "BdbQuit":
            until = lines[-1] if lines else len(text)
            calls = [i for i in range(1, until + 1) if DEBUGGER.search(text[i - 1])]
            lines[-1:] = calls[-1:] or lines[-1:]
        return tuple(
            Frame(self.file, n, text[n - 1].strip()[:200] if 0 < n <= len(text) else "")
            for n in lines
        )

    def unwritten(self, e: BaseException, target: str) -> str:
        """What still raises NotImplementedError by its own hand, if that is what `e` is."""
        if not isinstance(e, NotImplementedError) or target == self.file:
            return ""
        last = traceback.extract_tb(e.__traceback__)[-1]
        if last.filename != self.path or not RAISES.search(last.line or ""):
            return ""  # torch raises it as well
        return last.name if callable(vars(self.module).get(last.name)) else target

    def odd_method(self, target: str) -> str:
        """What is wrong with how the method `target` ("Net.forward") is defined, if anything."""
        name = target.rpartition(".")[2]
        found = getattr(self.module, target.partition(".")[0], None)
        own = vars(found) if _is_class(found) else {}
        if name not in own:
            by_core = {n.strip("_"): n for n in own if inspect.isroutine(own[n])}
            near = difflib.get_close_matches(name.strip("_"), by_core, n=1, cutoff=0.7)
            hint = f"; there is {by_core[near[0]]}" if near else ""
            hint = hint or misplaced_method(target.partition(".")[0], name, self.tree())
            return f"there is no {name}{hint}" if hint else ""
        if not inspect.isfunction(own.get(name)):
            return ""
        first = next(iter(inspect.signature(own[name]).parameters), "")
        return "" if first in ("self", "this", "args") else "its first parameter has to be self"

    def is_missing(self, e: ModuleNotFoundError) -> bool:
        """Whether the import of a package failed; anybody can raise an error of that name."""
        if not e.name or colab.is_wanted(e.name):
            return False
        last = traceback.extract_tb(e.__traceback__)[-1]
        if last.filename == self.path:
            return bool(re.match(r"\s*(import|from)\b|.*[;:]\s*(import|from)\b", last.line or ""))
        return last.filename.startswith("<frozen importlib") or Path(last.filename).is_file()


def weighted(function: Any, factors: Mapping[str, float]) -> Callable[..., Any]:
    """What takes the arguments of `function` and gives their sum, each times its factor."""

    def weighted_sum(*args: Any, **kw: Any) -> Any:
        given = dict(zip(factors, args)) | kw
        with suppress(TypeError, ValueError):  # no function, or one of other parameters
            signature = inspect.signature(function)
            if not {p.kind for p in signature.parameters.values()} & {VARIOUS, NAMED}:
                given = signature.bind(*args, **kw).arguments
        if not factors.keys() <= given.keys():  # it calls them otherwise
            given = dict(zip(factors, given.values()))
        return sum(factor * given[name] for name, factor in factors.items() if name in given)

    return weighted_sum


def _message(e: BaseException) -> str:
    try:
        return " ".join(str(e).split())[:400]
    except Exception:
        return ""


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


def _within(e: BaseException, file: str) -> bool:
    """Whether `e` was raised in a file of that name, of Python's own."""
    return traceback.extract_tb(e.__traceback__)[-1].filename.endswith(file)


def _missing(
    e: ModuleNotFoundError, target: str, file: str, frames: tuple[Frame, ...], tree: ast.AST
) -> Exception:
    line = frames[-1].line if frames else 0
    known = (e.name or "").split(".")[0]
    at = f"line {line} of {file}" if line else file
    if known in INSTALLED or known in PYTHON_2:
        return StudentError(target, "ModuleNotFoundError", _message(e), frames)
    stem = file.partition(".")[0].lower()
    if any(w == stem or OWN_FILE.fullmatch(w) for w in known.lower().split("_")):
        text = f"{at} imports {known}, which is no part of the hand-in; put what it needs in {file}"
        return Unusable(text, Reason.MALFORMED, "" if target == file else target, line)
    if near := _package_meant(known):
        text = f"{at} imports {known}, which is no package; perhaps {near} is meant"
        return Unusable(text, Reason.MALFORMED, "" if target == file else target, line)
    return not_installed(known, file, line, tree)


def _package_meant(name: str) -> str:
    """The package that `name` misspells; torchx and numpyro are packages of their own."""
    small = name.casefold()
    near = difflib.get_close_matches(small, sorted(INSTALLED), n=1, cutoff=0.75)
    if not near or abs(len(near[0]) - len(small)) > 2:
        return ""
    return near[0] if small == near[0] or not small.startswith(near[0]) else ""
