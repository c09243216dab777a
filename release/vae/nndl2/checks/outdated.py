"""Imports that fail on this machine: what can be done without, and what older versions had."""

from __future__ import annotations

import ast
import re
import sys
from importlib import metadata

from nndl2.checks.model import Reason, Unusable

FRAMEWORKS = {"tensorflow", "keras", "jax", "flax", "mxnet", "paddle", "theano", "mindspore"}
TITLES = {"numpy": "NumPy"}
GONE: dict[str, str] = {  # what older versions had: what to write for it now, where that is known
    "torch._six": "",
    "torch._six.inf": "math.inf",
    "torch._six.nan": "math.nan",
    "torch._six.string_classes": "str",
    "torch._six.int_classes": "int",
    "torch._six.container_abcs": "collections.abc",
    "torch._six.with_metaclass": "",
    "torch.legacy": "",
    "torch.utils.ffi": "",
    "torch.utils.serialization": "",
    "torchvision.transforms.functional_tensor": "torchvision.transforms.functional",
    "torchvision.models.utils": "torch.hub",
    "torchvision.models.utils.load_state_dict_from_url": "torch.hub.load_state_dict_from_url",
    "torchvision.transforms.Scale": "torchvision.transforms.Resize",
    "torchvision.transforms.RandomSizedCrop": "torchvision.transforms.RandomResizedCrop",
    **{f"numpy.{name}": name for name in ("int", "float", "bool", "complex", "object", "str")},
    "numpy.long": "int",
    "numpy.unicode": "str",
    "numpy.float_": "numpy.float64",
    "numpy.complex_": "numpy.complex128",
    "numpy.cfloat": "numpy.complex128",
    "numpy.string_": "numpy.bytes_",
    "numpy.unicode_": "numpy.str_",
    **{f"numpy.{name}": "numpy.inf" for name in ("Inf", "Infinity", "infty", "PINF")},
    "numpy.NINF": "-numpy.inf",
    **{f"numpy.{name}": "numpy.nan" for name in ("NaN", "NAN")},
    "numpy.product": "numpy.prod",
    "numpy.cumproduct": "numpy.cumprod",
    "numpy.sometrue": "numpy.any",
    "numpy.alltrue": "numpy.all",
    "numpy.row_stack": "numpy.vstack",
    "numpy.in1d": "numpy.isin",
    "numpy.trapz": "numpy.trapezoid",
    "numpy.round_": "numpy.round",
    "numpy.asfarray": "numpy.asarray",
    "numpy.asscalar": "item()",
    "numpy.testing.decorators": "",
    "imp": "importlib",
    "distutils": "",
    "inspect.getargspec": "inspect.getfullargspec",
    "time.clock": "time.perf_counter",
    "fractions.gcd": "math.gcd",
    **{
        f"collections.{name}": f"collections.abc.{name}"
        for name in ("Callable", "Iterable", "Iterator", "Mapping", "Sequence", "Container")
    },
}
SAID = (  # how Python says that a name is not there
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"),
    re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"No module named '(?P<name>[\w.]+)'"),
    re.compile(r"`(?P<module>np)\.(?P<name>\w+)` was removed in the NumPy"),
)
KINDS = ("ImportError", "AttributeError", "ModuleNotFoundError")


def older_name(kind: str, message: str) -> str:
    """The name that an exception misses and that an older version of its package had; else ""."""
    if kind not in KINDS:
        return ""
    for said in SAID:
        if found := said.match(message):
            parts = found.groupdict()
            name = ".".join(filter(None, (parts.get("module"), parts["name"])))
            name = re.sub(r"^np\.", "numpy.", name)
            return name if name in GONE else ""
    return ""


def outdated(name: str, file: str, line: int, tree: ast.AST) -> Unusable:
    """What is said of a line that needs `name`, one of `GONE`."""
    at = f"line {line} of {file}" if line else file
    text = f"{at} needs {name}, which {_version(name)} here does not have and older ones had"
    return Unusable(f"{text}; {_advice(name, line, tree)}", Reason.ENVIRONMENT, line=line)


def not_installed(package: str, file: str, line: int, tree: ast.AST) -> Unusable:
    """What is said of a line that imports a package which is not on this machine.

    A program of another framework never will be graded; the rest may be, once the package is there.
    """
    at = f"line {line} of {file}" if line else file
    names = not_used(tree, line)
    if package in FRAMEWORKS and not names:
        text = f"{at} imports {package}; the assignment is to be solved with torch alone"
        return Unusable(text, Reason.MALFORMED, line=line)
    advice = _delete(names, line) if names else "the assignment needs only torch"
    text = f"{at} imports {package}, which is not installed here; {advice}"
    return Unusable(text, Reason.ENVIRONMENT, line=line)


def not_used(tree: ast.AST, line: int) -> list[str]:
    """The names that the import at `line` binds, where the file uses none of them; else nothing."""
    imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    found = [n for n in imports if n.lineno <= line <= (n.end_lineno or n.lineno)]
    bound = [a.asname or a.name.partition(".")[0] for n in found for a in n.names]
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    told = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}  # of __all__, getattr
    return [] if "*" in bound or {*bound} & (used | told) else bound


def _advice(name: str, line: int, tree: ast.AST) -> str:
    if names := not_used(tree, line):
        return _delete(names, line)
    root, _, last = GONE[name].rpartition(".")
    if not last:
        bound = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.lineno == line]
        known = {a.name: GONE.get(f"{name}.{a.name}", "") for n in bound for a in n.names}
        told = [f"{now} for {old}" for old, now in known.items() if now]
        return f"write {' and '.join(told)}" if told else "do without it"
    return f"write {f'{root}.{last}' if root else last} instead"


def _delete(names: list[str], line: int) -> str:
    listed = " and ".join(names[:3])
    verb = "is" if len(names) == 1 else "are"
    return f"{listed} {verb} not used: delete line {line}"


def _version(name: str) -> str:
    """torch 2.15.0, the package or the Python that `name` was looked for in."""
    root = name.partition(".")[0]
    if root in sys.stdlib_module_names or root in ("imp", "distutils"):
        return f"Python {'.'.join(map(str, sys.version_info[:2]))}"
    try:
        return f"{TITLES.get(root, root)} {metadata.version(root).partition('+')[0]}"
    except metadata.PackageNotFoundError:
        return f"the {TITLES.get(root, root)} that is"
