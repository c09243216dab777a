"""What a submission is quoted with: words and lines that stand in its own file, or that are ours.

A program decides while it runs what its exceptions, classes and parameters are called and what its
process says of a line, so any such text could carry to its author what a secret run asked it. A
word that the file holds anyway tells hardly more than the number of a line.
"""

from __future__ import annotations

import ast
import builtins
import io
import re
import types

from autograder import parsing
from nndl2.checks import outdated, pythons
from nndl2.checks.model import CheckError, Frame, NotWritten, Reason, StudentError, Unusable

from .messages import NAME_LIMIT, clean

WORD = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"\d{0,3}$")
MISSING = re.compile(r" imports (\w+),")
NEEDED = re.compile(r" needs ([\w.]+), which ")
LONGEST = 8
TORCH = """
    Tensor Parameter Size dtype device Generator Module ModuleList Sequential Identity Linear
    Bilinear Flatten Unflatten Embedding Dropout Dropout1d Dropout2d AlphaDropout ReLU ReLU6
    LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softplus Softmax LogSoftmax Hardtanh
    Hardsigmoid Hardswish BatchNorm1d BatchNorm2d LayerNorm GroupNorm InstanceNorm1d RMSNorm
    Conv1d Conv2d ConvTranspose2d MaxPool2d AvgPool2d Upsample OutOfMemoryError LinAlgError
"""
OURS = (
    "array of complex64 complex128 object str bytes void weight bias forward __init__"
    " parametrizations original weight_g weight_v BdbQuit URLError HTTPError"
)
PYTHON = [t.__name__ for t in vars(types).values() if isinstance(t, type)]
KNOWN = frozenset([*dir(builtins), *PYTHON, *TORCH.split(), *OURS.split()])


class Quotes:
    """One submission's own words and lines, from the bytes of its `file`."""

    def __init__(self, source: bytes, file: str) -> None:
        self.file = file
        text = source.decode("utf-8-sig", "replace")
        self.words = KNOWN.union(WORD.findall(text))
        self.lines = list(io.StringIO(text, newline=None))  # the lines that Python counts

    def name(self, name: str, instead: str) -> str:
        """`name` where all its parts ("encoder.0.weight") are known words, else `instead`."""
        parts = re.split("[. ]", name)
        return name if len(parts) <= LONGEST and all(map(self._knows, parts)) else instead

    def error(self, error: CheckError, asked: str) -> CheckError:
        """What a process says it raised when it was `asked`, in words that may be shown.

        Nothing `asked` stands for loading the file another time.
        """
        if isinstance(error, NotWritten):
            return NotWritten(self.name(error.target, asked), error.returned)
        if isinstance(error, StudentError):
            kind = self.name(error.kind, "an exception of its own")
            frames = tuple(f for e in error.frames for f in self._frame(e.line))
            return StudentError(self.name(error.target, asked), kind, error.message, frames)
        assert isinstance(error, Unusable)
        said = error.sentence if asked else f"{self.file} could be loaded once, and not again"
        if error.reason is Reason.ENVIRONMENT:
            said = self._missing(error)
        return Unusable(said, error.reason, self.name(error.target, asked), error.line)

    def _missing(self, error: Unusable) -> str:
        """What the machine lacks: a newer Python, or a package that the file imports."""
        line = error.line if self._frame(error.line) else 0
        for version in pythons.SINCE:
            if f" is written for Python {pythons.text(version)} " in f"{error.sentence} ":
                return pythons.too_new(version, self.file, line).sentence
        if (found := NEEDED.search(error.sentence)) and found[1] in outdated.GONE:
            return outdated.outdated(found[1], self.file, line, self._tree()).sentence
        found = MISSING.search(error.sentence)
        package = self.name(found[1], "something") if found else "something"
        return outdated.not_installed(package, self.file, line, self._tree()).sentence

    def _tree(self) -> ast.AST:
        try:
            return parsing.tree("".join(self.lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    def _frame(self, line: int) -> list[Frame]:
        if not 0 < line <= len(self.lines):
            return []
        return [Frame(self.file, line, clean(self.lines[line - 1].strip(), NAME_LIMIT))]

    def _knows(self, part: str) -> bool:
        """Whether `part` is a known word, also with a small number behind it, or such a number."""
        bare = NUMBER.sub("", part)
        return part in self.words or bare in self.words or (not bare and part != "")
