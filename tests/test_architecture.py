"""DESIGN's "Who may import whom", read from the imports of every module.

Each rule is a function that yields what breaks it. The second half plants one breach of each kind
into a small made-up house and sees the rule report it.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from imports import Tree, dotted, texts

from autograder.verdicts import versions

ROOT = Path(__file__).parent.parent
TORCH = {"torch", "torchvision"}
HEAVY = TORCH | {"matplotlib"}
NOTEBOOK_TOOLS = {"nbgrader", "nbconvert", "nbformat", "nbclient", "IPython", "mlxtend"}

# who may import what


def packages(tree: Tree) -> Iterator[str]:
    """Each room imports its own packages only, and the standard library."""
    for each in tree.imports:
        here = Path(each.file).parent
        anywhere, in_functions = allowed(each.file)
        known = anywhere | (in_functions if each.when == "running" else set())
        beside = (tree.root / here / f"{each.package}.py").is_file() and here.parts[0] == "source"
        if each.package not in known | sys.stdlib_module_names and not beside:
            yield str(each)


def allowed(file: str) -> tuple[set[str], set[str]]:
    """The packages that may be imported anywhere in `file`, and inside functions too."""
    if file.endswith(".ipynb"):
        return HEAVY | {"nndl2", "numpy"}, {"google"}
    if file.startswith("source/"):
        return TORCH | {"nndl2", "numpy"}, set()
    if file.startswith("nndl2/"):
        return HEAVY | {"nndl2", "numpy", "tqdm", "IPython"}, {"nbconvert", "mlxtend"}
    return {"autograder", "nndl2", "numpy", "tqdm", *SPECIALISTS}, set()


SPECIALISTS = {  # who alone in autograder knows it: files or folders; processes and limits first
    "resource": ("isolation/",),
    "signal": ("isolation/",),
    "ctypes": ("isolation/",),
    "multiprocessing": ("isolation/", "asked.py"),  # it asks what the course wrote itself
    "select": ("isolation/",),
    "socket": ("isolation/",),
    "subprocess": ("isolation/", "training.py", "rehearse.py"),  # programs of the course's own
    "torch": ("isolation/worker.py", "isolation/warm.py", "asked.py"),
    "torchvision": (),
    "nndl2": ("",),
    "nndl2.checks": ("",),
    "nndl2.checks.local": ("release/shipped.py",),  # it records answers on the reference
    "nndl2.laws": ("assignments/", "oracles/"),
    "nndl2.probing.probe": ("isolation/worker.py",),
    "yaml": ("intake/",),
    "jinja2": ("pages/",),
    "markupsafe": ("pages/",),
    "pygments": ("feedback/code.py", "similar/tokens.py"),
    "nbgrader": ("nbgrader/", "release/__init__.py"),
    "traitlets": ("nbgrader/",),
    "nbconvert": ("nbgrader/",),
    "nbformat": ("nbgrader/",),
    "libcst": ("mutators.py",),
    "mutmut": ("mutators.py",),
    "distributed": ("classes/cluster.py",),
    "pytest": ("door.py", "test_submission.py", "conftest.py"),
}


def specialists(tree: Tree) -> Iterator[str]:
    """What only some rooms of the grader know stays there; of nndl2 it knows checks and laws."""
    for each in tree.imports:
        if not each.file.startswith("autograder/") or each.when == "typing":
            continue
        names = [n for n in SPECIALISTS if f"{each.module}.".startswith(f"{n}.")]
        if each.module.startswith("nndl2.") and names == ["nndl2"]:
            yield str(each)  # data, helper and the like are for notebooks
        elif names:
            places = SPECIALISTS[max(names, key=len)]
            if not each.file.removeprefix("autograder/").startswith(places or "nowhere"):
                yield str(each)


PROCESSES = re.compile(
    r"os\.(fork\w*|exec\w+|spawn\w+|posix_spawn\w*|kill\w*|wait\w*|_exit|abort|setsid|setpgid|"
    r"setuid|setgid|prlimit|sched_\w+|system|popen)"
)

ENDS_ITSELF = "nndl2/checks/patience.py"  # of a student's terminal, where a file that loads loops


def processes(tree: Tree) -> Iterator[str]:
    """Processes are made and ended in isolation only."""
    for file, code in tree.parsed.items():
        if file == ENDS_ITSELF:
            continue
        if file.startswith(("nndl2/", "autograder/")) and "/isolation/" not in file:
            names = (ast.unparse(n) for n in ast.walk(code) if isinstance(n, ast.Attribute))
            direct = (n for n in ast.walk(code) if isinstance(n, ast.ImportFrom))
            also = (f"os.{a.name}" for n in direct if n.module == "os" for a in n.names)
            yield from (f"{file} uses {n}" for n in [*names, *also] if PROCESSES.fullmatch(n))


# what comes along


def light(tree: Tree) -> Iterator[str]:
    """nndl2, checks and laws load no torch; the grader neither that nor the notebook's tools."""
    for module, file in tree.modules.items():
        if module in WITH_TORCH or f"{module}.".startswith(WITH_NBGRADER):
            continue
        if module == "nndl2" or module.startswith(("nndl2.checks", "nndl2.laws")):
            heavy = HEAVY
        else:
            heavy = HEAVY | NOTEBOOK_TOOLS if module.startswith("autograder") else set()
        if found := {m.partition(".")[0] for m in tree.loaded(module)} & heavy:
            yield f"{file} loads {', '.join(sorted(found))}"


WITH_TORCH = {  # where student code runs: the notebook's process, or a worker's
    "nndl2.checks.local",
    *(f"autograder.isolation.{far}" for far in ("warm", "keeper", "worker")),
}
WITH_NBGRADER = "autograder.nbgrader."

# which room stands on which

LAYERS = (  # of autograder, from above: each imports its own and those below
    {"__main__", "commands", "verify", "mutants", "rehearse", "asked"}
    | {"door", "test_submission", "conftest"},
    {"grade", "classes", "people", "report", "similar", "feedback", "pages", "gradebooks"}
    | {"release", "nbgrader", "gradescope", "skeleton"},
    {"kept"},
    {"verdicts"},
    {"training", "intake", "secret", "mutators"},
    {"assignments", "isolation", "results"},
    {"oracles", "parsing", "zipped", "garbage", "text", "disk"},
)
ALONE = {  # these import no other room of the grader but those that are named
    "assignments": {"oracles"},
    "isolation": {"parsing"},
    "results": {"text", "disk"},
    **{room: set[str]() for room in ("oracles", "parsing", "zipped", "garbage", "text", "disk")},
}


def layers(tree: Tree) -> Iterator[str]:
    """Commands stand on grade, release and report, these on isolation and intake."""
    rank = {room: i for i, rooms in enumerate(LAYERS) for room in rooms}
    for module, file in tree.modules.items():
        if (room := room_of(module)) and room not in rank:
            yield f"{file} stands in no layer"
    for each in tree.imports:
        room, other = room_of(dotted(each.file)), room_of(each.module)
        if not room or not other or other == room:
            continue
        if other not in ALONE.get(room, {other}) or rank.get(other, 0) < rank.get(room, 0):
            yield str(each)


def room_of(module: str) -> str:
    """The room of the grader that a module is in, or nothing."""
    parts = module.split(".")
    return parts[1] if parts[0] == "autograder" and parts[1:] else ""


def laws(tree: Tree) -> Iterator[str]:
    """Checks of an assignment stand on laws, these on the engine, which knows neither."""
    names = tuple(f"nndl2/checks/{name}{end}" for name in named(tree) for end in ("/", ".py"))
    for each in tree.imports:
        engine = each.file.startswith("nndl2/") and not each.file.startswith("nndl2/laws/")
        if engine and not each.file.startswith(names) and each.module.startswith("nndl2.laws"):
            yield str(each)


def named(tree: Tree) -> set[str]:
    """The assignments of the course."""
    return {Path(file).parts[1] for file in tree.parsed if file.startswith("source/")}


def cycles(tree: Tree) -> Iterator[str]:
    """No module imports itself by way of others, not inside functions either."""
    graph = tree.graph("loading", "running")
    for start in graph:
        if path := _way(graph, start):
            yield " -> ".join(path)


def _way(graph: dict[str, set[str]], start: str) -> list[str]:
    """A way from `start` back to itself, or nothing."""
    paths, seen = [[start]], set[str]()
    for path in paths:
        for end in sorted(graph[path[-1]] - seen):
            if end == start:
                return [*path, end]
            seen.add(end)
            paths.append([*path, end])
    return []


def assignments_named(tree: Tree) -> Iterator[str]:
    """The engine names no assignment; a sentence or a docstring may, as an example.

    What students are told says so: "such as vae.py".
    """
    names = named(tree)
    any_name = rf"\b({'|'.join(map(re.escape, names))})"
    word = re.compile(rf"{any_name}\b", re.IGNORECASE)
    told = re.compile(rf"(?<!such as ){any_name}\.(py|ipynb)\b", re.IGNORECASE)
    rooms = ("autograder/assignments", "nndl2/checks")
    private = tuple(f"{room}/{name}/" for room in rooms for name in names)
    engine = [
        file
        for file in tree.parsed
        if not file.startswith(("source/", *private)) and Path(file).stem not in names
    ]
    for file in engine:
        for text in texts(tree.parsed[file]):
            alone = word.search(text.value) and not re.search(r"\s", text.value)
            if alone or (file.startswith("nndl2/") and told.search(text.value)):
                yield f"{file}:{text.lineno} names {text.value!r}"
    yield from (str(i) for i in tree.imports if i.file in engine and word.search(i.module))


RULES: tuple[Callable[[Tree], Iterator[str]], ...] = (
    *(packages, specialists, processes, light, layers, laws, cycles, assignments_named),
)

# the house


@pytest.fixture(scope="module")
def house() -> Tree:
    return Tree(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Callable[[Tree], Iterator[str]], house: Tree) -> None:
    assert list(rule(house)) == []


@pytest.mark.parametrize("room", ["autograder/isolation", "autograder/oracles", "nndl2/laws"])
def test_a_room_that_names_its_modules_names_them_all(room: str, house: Tree) -> None:
    said = ast.get_docstring(house.parsed[f"{room}/__init__.py"]) or ""
    files = (Path(file).relative_to(room) for file in house.parsed if file.startswith(f"{room}/"))
    modules = {file.parts[0].removesuffix(".py") for file in files} - {"__init__"}
    assert modules and modules <= set(re.findall(r"`(\w+)`", said))


def test_reading_the_house_misses_nothing(house: Tree) -> None:
    assert len(house.parsed) > 60 and len(house.imports) > 500
    assert {i.when for i in house.imports} == {"loading", "running", "typing"}
    assert house.loaded("autograder.isolation.worker") >= {"torch", "nndl2.probing.probe"}


def test_what_only_says_what_was_found_is_not_loaded_where_it_is_asked(house: Tree) -> None:
    loaded = house.loaded("autograder.verdicts.asking") | house.loaded(
        "autograder.isolation.worker"
    )
    assert not loaded & {f"nndl2.checks.{module}" for module in versions.WORDED}


def run_python(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_students_checks_load_no_torch() -> None:
    run_python(
        "import nndl2, nndl2.checks, nndl2.checks.show, nndl2.checks.vae, sys;"
        f"assert not {HEAVY} & set(sys.modules)"
    )


@pytest.mark.slow
def test_grading_a_submission_brings_no_torch_into_the_grading_process() -> None:
    run_python(
        "import sys; from autograder.__main__ import main;"
        "assert main(['check', 'release/vae/vae.py', '--train', 'never']) == 0;"
        f"assert 'autograder.grade' in sys.modules and not {HEAVY} & set(sys.modules)"
    )


# the rules can fail

SOUND = {  # a small house that keeps them all
    "nndl2/__init__.py": "",
    "nndl2/helper.py": "import torch\ndef f():\n    import mlxtend",
    "nndl2/probing/probe.py": "import torch\nfrom nndl2.checks import model",
    "nndl2/checks/__init__.py": "def __getattr__(name):\n    from nndl2.checks.local import Local",
    "nndl2/checks/local.py": "from nndl2.probing.probe import Probe",
    "nndl2/checks/model.py": "'An area, as the assignment area.py has.'\nS = 'such as area.py'",
    "nndl2/checks/area/__init__.py": "from nndl2.checks.area import side",
    "nndl2/checks/area/side.py": "from nndl2.laws import chains\nNAME = 'area'",
    "nndl2/laws/__init__.py": "",
    "nndl2/laws/chains.py": "from nndl2.checks.model import Check",
    "autograder/__init__.py": "",
    "autograder/__main__.py": "def main():\n    from autograder import grade, report",
    "autograder/grade.py": "import numpy\nfrom autograder.isolation import remote",
    "autograder/report.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
    "autograder/results.py": "from nndl2.checks import model",
    "autograder/nbgrader/__init__.py": "import nbgrader",
    "autograder/isolation/__init__.py": "from .remote import Remote",
    "autograder/isolation/remote.py": "import os, signal\nos.kill(1, signal.SIGKILL)",
    "autograder/isolation/worker.py": "import torch, nndl2.probing.probe\nfrom . import remote",
    "autograder/oracles/__init__.py": "import numpy",
    "autograder/assignments/__init__.py": "from autograder.oracles import numpy",
    "autograder/assignments/area/__init__.py": "from nndl2.checks import area",
    "source/area/area.py": "import torch",
    "source/area/area.ipynb": "%matplotlib inline\nimport torch\nfrom area import hello",
}
BREACHES = (  # the rule, the file, and what is written below the rest of it
    (packages, "nndl2/helper.py", "def f():\n    from autograder import grade"),
    (packages, "nndl2/helper.py", "import mlxtend"),
    (packages, "nndl2/checks/model.py", "def f():\n    import pandas"),
    (packages, "autograder/grade.py", "import requests"),
    (packages, "source/area/area.py", "import sklearn"),
    (packages, "source/area/area.ipynb", "from autograder import assignments"),
    (specialists, "autograder/grade.py", "def f():\n    import torch"),
    (
        specialists,
        "autograder/grade.py",
        "import importlib as i\ndef f():\n    i.import_module('torch')",
    ),
    (specialists, "autograder/results.py", "import resource"),
    (specialists, "autograder/report.py", "def f():\n    import nbgrader.api"),
    (specialists, "autograder/report.py", "def f():\n    from nndl2 import helper"),
    (specialists, "autograder/report.py", "def f():\n    from nndl2.probing.probe import Probe"),
    (specialists, "autograder/report.py", "def f():\n    from nndl2.checks.local import Local"),
    (processes, "autograder/grade.py", "import os\nos.fork()"),
    (processes, "nndl2/helper.py", "from os import killpg"),
    (light, "nndl2/checks/model.py", "from nndl2.helper import f"),
    (light, "nndl2/__init__.py", "import matplotlib.pyplot"),
    (light, "autograder/grade.py", "from autograder.isolation.worker import work"),
    (light, "autograder/__main__.py", "from autograder import nbgrader"),
    (layers, "autograder/results.py", "from autograder import report"),
    (layers, "autograder/isolation/remote.py", "from autograder import assignments"),
    (
        layers,
        "autograder/assignments/area/__init__.py",
        "def f():\n    from autograder import grade",
    ),
    (layers, "autograder/intake.py", "def f():\n    from autograder import report"),
    (layers, "autograder/oracles/__init__.py", "def f():\n    from autograder import results"),
    (layers, "autograder/isolation/remote.py", "from autograder import oracles"),
    (layers, "autograder/odds.py", ""),
    (laws, "nndl2/checks/run.py", "def f():\n    from nndl2.laws import chains"),
    (laws, "nndl2/probing/probe.py", "from nndl2.laws.chains import Check"),
    (specialists, "autograder/grade.py", "from nndl2.laws import chains"),
    (light, "nndl2/laws/chains.py", "def f():\n    pass\nimport torch"),
    (assignments_named, "nndl2/laws/chains.py", "NAME = 'area'"),
    (cycles, "nndl2/probing/probe.py", "def f():\n    from nndl2.checks import local"),
    (cycles, "autograder/isolation/remote.py", "def f():\n    from .worker import work"),
    (assignments_named, "autograder/grade.py", "DEFAULT = 'area'"),
    (assignments_named, "nndl2/checks/model.py", "SAID = 'it is slow; area.py can do without'"),
    (assignments_named, "nndl2/checks/model.py", "def f(name):\n    return name == 'Area.side'"),
    (assignments_named, "autograder/grade.py", "def f():\n    from nndl2.checks import area"),
)


def built(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            text = json.dumps({"cells": [{"cell_type": "code", "source": [text]}]})
        path.write_text(text, encoding="utf-8")
    return Tree(root)


def broken(tree: Tree) -> dict[str, list[str]]:
    found = {rule.__name__: list(rule(tree)) for rule in RULES}
    return {name: problems for name, problems in found.items() if problems}


def test_a_sound_house_is_not_accused(tmp_path: Path) -> None:
    assert broken(built(tmp_path, SOUND)) == {}


@pytest.mark.parametrize(("rule", "file", "text"), BREACHES)
def test_a_breach_is_reported(
    rule: Callable[[Tree], Iterator[str]], file: str, text: str, tmp_path: Path
) -> None:
    found = broken(built(tmp_path, SOUND | {file: f"{SOUND.get(file, '')}\n{text}\n"}))
    assert list(found) == [rule.__name__]
    assert any(
        Path(file).name in problem or dotted(file) in problem for problem in found[rule.__name__]
    )


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)
