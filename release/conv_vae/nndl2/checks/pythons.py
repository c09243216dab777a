"""Programs that are written for a newer Python than this one, which is nobody's mistake."""

from __future__ import annotations

import re
import sys

from nndl2.checks.model import Reason, Unusable

Version = tuple[int, int]
SINCE: dict[Version, str] = {  # names of the standard library, by the Python that brought them
    (3, 11): "typing.Self typing.Never typing.Required typing.NotRequired typing.Unpack"
    " typing.TypeVarTuple typing.LiteralString typing.assert_never typing.assert_type"
    " typing.reveal_type enum.StrEnum enum.verify datetime.UTC math.cbrt math.exp2 operator.call"
    " contextlib.chdir ExceptionGroup BaseExceptionGroup",
    (3, 12): "typing.override typing.TypeAliasType itertools.batched math.sumprod"
    " random.binomialvariate collections.abc.Buffer",
    (3, 13): "typing.TypeIs typing.ReadOnly warnings.deprecated copy.replace math.fma",
    (3, 14): "functools.Placeholder heapq.heappush_max heapq.heappop_max",
}
SAID = {  # how Python says that a name is not there
    "ImportError": re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"),
    "AttributeError": re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    "NameError": re.compile(r"name '(?P<name>\w+)' is not defined"),
}


def text(version: Version) -> str:
    """The version as Python writes it: 3.12."""
    return ".".join(map(str, version))


def too_new(version: Version, file: str, line: int, what: str = "") -> Unusable:
    """What is said of a line that is written for Python `version`."""
    at = f"line {line} of {file}" if line else file
    why = f" ({what})" if what else ""
    here = text(sys.version_info[:2])
    said = f"{at} is written for Python {text(version)}{why}, and this is {here}"
    return Unusable(said, Reason.ENVIRONMENT, line=line)


def newer_name(kind: str, message: str) -> tuple[Version, str] | None:
    """The name that an exception misses, and the newer Python that has it."""
    said = SAID[kind].match(message) if kind in SAID else None
    found = said.groupdict() if said else {}
    name = ".".join(filter(None, (found.get("module"), found.get("name"))))
    for version, names in SINCE.items():
        if sys.version_info < version and name in names.split():
            return version, name
    return None
