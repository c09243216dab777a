"""No code that ships to students computes what a TODO asks for.

What the stub gives, the notebook's text and maths, and sentences that name a quantity are no leak.
The second half plants leaks of both kinds into a copy of the package and sees each of them found.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from callables import functions
from giveaways import Giveaway, called, giveaways, read
from harmless import imported
from todos import Todo

from autograder import assignments

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "nndl2"
NAMES = sorted(path.parent.name for path in ROOT.glob("source/*/*.ipynb"))
SKIPPED = {  # functions that are not called; their text is read all the same
    "nndl2.notebooks.diagrams.draw_network": "draws a figure",
    "nndl2.notebooks.pictures.show_images": "draws a figure; matplotlib loads long",
    "nndl2.notebooks.pictures._mark": "draws on a figure",
    "nndl2.notebooks.pictures._show": "shows a figure",
    "nndl2.notebooks.paper.html": "lets nbconvert make a page, which takes long",
}


def todos(name: str) -> Sequence[Todo]:
    found: Sequence[Todo] = importlib.import_module(f"todos.{name}").TODOS
    return found


# what ships


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_a_release_ships_gives_nothing_away(name: str) -> None:
    assert given_away(name, ROOT / "release" / name / "nndl2") == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_package_of_the_course_gives_nothing_away(name: str) -> None:
    withheld = {ROOT / label for label in assignments.load(name).withheld}
    found = (each for each in given_away(name, PACKAGE) if not in_one_of(each, withheld))
    assert [*found] == []


def in_one_of(found: Giveaway, paths: set[Path]) -> bool:
    """Whether a giveaway stands in one of the files at `paths`."""
    place = found.where.partition(":")[0].replace(".", "/").removesuffix("/py")
    return any(place.startswith(str(p.relative_to(ROOT).with_suffix(""))) for p in paths)


def test_a_planted_training_loop_is_found(tmp_path: Path) -> None:
    path = tmp_path / "leak.py"
    path.write_text(
        "def fit(m, d, o):\n    for x in d:\n        m(x).backward()\n        o.step()\n"
    )
    assert "train_autoencoder" in {each.title for each in read(path, todos("beta_vae"))}


def test_what_is_withheld_gives_something_away() -> None:
    loops = read(PACKAGE / "notebooks" / "loops.py", todos("beta_vae"))
    assert {"train_vae", "train_cvae"} <= {each.title for each in loops}


def given_away(name: str, package: Path) -> tuple[Giveaway, ...]:
    """What a package gives away; asked once of packages with the same text."""
    texts = frozenset((p.relative_to(package), p.read_bytes()) for p in package.rglob("*.py"))
    if (name, texts) not in ASKED:
        ASKED[name, texts] = tuple(giveaways(package, todos(name), SKIPPED))
    return ASKED[name, texts]


ASKED: dict[tuple[str, frozenset[tuple[Path, bytes]]], tuple[Giveaway, ...]] = {}


# the table of an assignment


@pytest.mark.parametrize("name", NAMES)
def test_every_todo_of_a_stub_is_looked_for(name: str) -> None:
    paths = [*(ROOT / "release" / name).glob("*.py"), *(ROOT / "release" / name).glob("*.ipynb")]
    asked = {title for path in paths for title in re.findall(r"# TODO ([^:]+):", code_of(path))}
    assert asked == {todo.title for todo in todos(name)}


def code_of(path: Path) -> str:
    if path.suffix == ".py":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_gives_every_todo_away(name: str) -> None:
    found = [
        each for path in (ROOT / "source" / name).glob("*.py") for each in read(path, todos(name))
    ]
    assert {each.title for each in found} == {t.title for t in todos(name) if not t.chosen}


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_gives_nothing_away(name: str) -> None:
    for path in (ROOT / "release" / name).glob("*.py"):
        assert read(path, todos(name)) == []


def test_every_function_and_method_of_the_package_is_reached() -> None:
    with imported(PACKAGE) as modules:
        codes = [getattr(value, "__code__", None) for _, value in functions(modules, "nndl2")]
    reached = {(code.co_filename, code.co_firstlineno) for code in codes if code}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        inner = [n for c in tree.body if isinstance(c, ast.ClassDef) for n in c.body]
        for node in (*tree.body, *inner):
            if isinstance(node, ast.FunctionDef) and not _is_overload(node):
                line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                assert (str(path), line) in reached, f"{path}:{line} {node.name} is not called"


def _is_overload(node: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


def test_what_is_not_called_exists() -> None:
    with imported(PACKAGE) as modules:
        for name in SKIPPED:
            module, _, function = name.rpartition(".")
            assert callable(getattr(modules[module], function)), f"{name} is skipped for nothing"


# leaks that are planted: the title of the TODO, and a file of the package

COMPUTED = {  # what calling finds
    "summed": (
        "loss",
        "import numpy as np\ndef f(a, b): return 0.5 * (a**2 + np.exp(b) - 1 - b).sum()",
    ),
    "averaged_with_the_arguments_in_another_order": (
        "loss",
        "def f(b, a): return (a * a / 2 + b.exp() / 2 - 0.5 - b / 2).sum(1).mean()",
    ),
    "of_plain_floats": (
        "loss",
        "import math\ndef f(a, b): return -(1 + b - a**2 - math.exp(b)) / 2",
    ),
    "of_distributions": (
        "loss",
        "import torch.distributions as d\n"
        "def f(a, b):\n"
        "    q, p = d.Normal(a, b.mul(0.5).exp()), d.Normal(0.0, 1.0)\n"
        "    return getattr(d, 'kl_' + 'divergence')(q, p).sum(-1)",
    ),
    "in_a_method": (
        "loss",
        "import numpy as np\n"
        "class Terms:\n"
        "    def __init__(self, n): self.n = n\n"
        "    def first(self, p, t):\n"
        "        return -np.where(t > 9, 0, t * np.log(p) + (1 - t) * np.log1p(-p))",
    ),
    "in_a_static_method_with_names": (
        "loss",
        "import torch\n"
        "class Terms:\n"
        "    @staticmethod\n"
        "    def f(*, x, x_hat, scale=1.0):\n"
        "        entropy = vars(torch.nn.functional)['binary_cross' + '_entropy']\n"
        "        return entropy(x_hat, x) * scale",
    ),
    "in_a_lambda_in_a_dict": (
        "reparametrize",
        "import numpy as np\nBY_NAME = {'spread': [lambda v: np.exp(np.ones(3)[0] * v / 2)]}",
    ),
    "of_a_pair": (
        "loss",
        "import numpy as np\n"
        "def f(pair):\n    a, b = pair\n    return {'kl': (a**2 + np.exp(b) - 1 - b) / 2}",
    ),
    "among_other_results": (
        "reparametrize",
        "import torch\n"
        "def f(m, v, unused):\n    yield m, m + v.mul(0.5).exp().mul(torch.randn(v.shape))",
    ),
    "with_noise_of_its_own": (
        "reparametrize",
        "import numpy as np\n"
        "def f(m, v): return np.random.default_rng(3).normal(m, np.exp(v) ** 0.5)",
    ),
    "with_noise_given": (
        "reparametrize",
        "def f(e, v, m):\n    for _ in range(1): v = v / 2\n    return m + e * v.exp()",
    ),
    "wanting_another_argument": (
        "loss",
        "def f(student, a, b): return (a**2 + b.exp() - 1 - b).sum() / 2",
    ),
    "of_four": (
        "loss",
        "import torch\n"
        "F = vars(torch.nn.functional)['binary_cross' + '_entropy']\n"
        "def f(a, b, c, d):\n"
        "    kl = torch.pow(c, 2).add(d.exp()).sub(d + 1).sum() / 2\n"
        "    return (F(a, b, reduction='sum') + kl) / len(b)",
    ),
    "a_network": (
        "encoder",
        "from torch import nn\n"
        "def f(into, out, depth=3):\n"
        "    kinds = {'a': nn.Linear, 'b': nn.ReLU}\n"
        "    sizes = [into] + [out] * depth\n"
        "    pairs = zip(sizes, sizes[1:])\n"
        "    return [k for a, b in pairs for k in (kinds['a'](a, b), kinds['b']())]",
    ),
    "a_network_as_a_constant": (
        "decoder",
        "from torch import nn as n\n"
        "L, R = n.Linear, n.ReLU\n"
        "NET = n.Sequential(L(2, 4), R(), L(4, 4), R(), L(4, 4), R(), L(4, 9), n.Sigmoid())",
    ),
    "a_network_as_a_class": (
        "decoder",
        "from torch import nn as n\n"
        "L, R = n.Linear, n.ReLU\n"
        "class Net(n.Module):\n"
        "    def __init__(self, z, h):\n"
        "        super().__init__()\n"
        "        first = L(z, h), R(), L(h, h), R(), L(h, h), R()\n"
        "        self.a = n.Sequential(*first, L(h, 9), n.Sigmoid())",
    ),
    "two_heads": (
        "encoder (heads)",
        "from torch.nn import Linear as L\ndef f(h, z): return tuple(L(h, z) for _ in range(2))",
    ),
    "a_forward_of_another_class": (
        "forward",
        "def f(x, net):\n"
        "    e, m = (getattr(net, n) for n in ('encoder', 'mu_layer'))\n"
        "    return m(e(x))",
    ),
    "a_join": (
        "cvae (forward)",
        "import torch\ndef f(x, c): return torch.cat([x.flatten(1), c], dim=1)",
    ),
    "a_forward_with_labels": (
        "cvae (forward)",
        "import torch\n"
        "def f(net, x, c):\n"
        "    rows = torch.cat([x.flatten(1), c], dim=1)\n"
        "    e, m = (getattr(net, n) for n in ('encoder', 'mu_layer'))\n"
        "    return m(e(rows)), None",
    ),
}
SPELLED = {  # what reading finds, where no call gets to it
    "half_first": ("reparametrize", "def f(s): return torch.exp(0.5 * s.logvar) if s else None"),
    "a_method": ("reparametrize", "def f(s): return s.v.float().div(2).exp_()"),
    "a_root": ("reparametrize", "def f(s): return s.m + s.v.exp().sqrt() * np.random.randn(3)"),
    "a_power": ("reparametrize", "def f(s): return math.e ** (s.v / 2)"),
    "a_power_of_a_half": ("reparametrize", "def f(s): return pow(np.exp(s.v), 1 / 2)"),
    "an_alias": ("reparametrize", "from numpy import exp as e\ndef f(s): return e(s[0] / 2)"),
    "an_alias_of_ones_own": ("reparametrize", "grow = np.exp\ndef f(s): return grow(s[0] / 2)"),
    "looked_up": ("reparametrize", "def f(s): return getattr(np, 'exp')(s.v * 0.5)"),
    "a_constant": ("reparametrize", "HALF = 1 / 2\ndef f(s): return np.exp(HALF * s.v)"),
    "step_by_step": (
        "reparametrize",
        "def f(s):\n    half = s.v / 2\n    sigma = np.exp(half)\n    noise = g()\n"
        "    z = noise * sigma\n    z += s.m\n    return z",
    ),
    "in_a_default": ("reparametrize", "def f(s, g=lambda a: torch.exp(a.v / 2)): return s"),
    "after_a_raise": (
        "loss",
        "def f(s):\n    raise ValueError\n    return -0.5 * (1 + s.v - s.m**2 - s.v.exp())",
    ),
    "in_any_order": ("loss", "def f(s): return np.exp(s.v) - (s.v + 1) + np.square(s.m)"),
    "term_by_term": (
        "loss",
        "def f(s):\n    kl = s.m.pow(2).sum()\n    kl += s.v.exp().sum()\n    kl -= s.v.sum()\n"
        "    kl = kl - s.m.numel()\n    return kl / 2",
    ),
    "within_a_larger_one": (
        "loss",
        "def f(s): return (s.rec + s.beta * 0.5 * torch.sum(s.m**2 + s.v.exp() - 1 - s.v)) / s.n",
    ),
    "number_by_number": (
        "loss",
        "def f(s): return sum(math.exp(v) + m * m - v - 1 for m, v in zip(s.m, s.v)) / 2",
    ),
    "of_sigma": ("loss", "def f(s): return s.m**2 / 2 + s.t**2 / 2 - 0.5 - torch.log(s.t)"),
    "of_the_variance": ("loss", "def f(s): return (s.m**2 + s.t - torch.log(s.t) - 1) / 2"),
    "by_hand": ("loss", "def f(s): return -(s.x * s.p.log() + (1 - s.x) * (1 - s.p).log()).sum()"),
    "by_logarithms_of_scipy": (
        "loss",
        "def f(s): return -sp.xlogy(s.x, s.p) - sp.xlog1py(1 - s.x, -s.p)",
    ),
    "by_name": ("loss", "def f(s): return partial(F.binary_cross_entropy, reduction='sum')"),
    "by_a_name_looked_up": ("loss", "def f(s): return getattr(F, 'binary_cross_entropy')"),
    "by_an_imported_name": ("loss", "from torch.nn import BCELoss as Term"),
    "layers": (
        "encoder",
        "def f(s):\n    for _ in range(3):\n"
        "        s.add(nn.Linear(s.a, 400))\n        s.add(nn.ReLU())",
    ),
    "layers_from_a_helper": (
        "decoder",
        "def block(s): return [nn.LazyLinear(s.n), nn.Dropout(), nn.ReLU(inplace=True)]\n"
        "def f(s):\n"
        "    first = [*block(s), *block(s), *block(s)]\n"
        "    return nn.Sequential(*first, nn.Linear(s.n, s.d), nn.Sigmoid())",
    ),
    "layers_as_functions": (
        "encoder",
        "def f(s, w): return F.relu(F.linear(F.relu(F.linear(F.relu(F.linear(s.x, w)), w)), w))",
    ),
    "heads": (
        "encoder (heads)",
        "def f(s):\n    s.mu, s.v = nn.Linear(s.h, s.z), nn.Linear(s.h, s.z)",
    ),
    "pieces": (
        "forward",
        "class Net:\n    def go(self, x):\n        hidden = self.encoder(x)\n"
        "        return self.mu_layer(hidden), self.logvar_layer(hidden)",
    ),
    "pieces_with_labels": (
        "cvae (forward)",
        "def f(s, x, c):\n    both = torch.concat((x, c), -1)\n    return s.decoder(both)",
    ),
}
HEAD = (
    "import math\nfrom functools import partial\nimport numpy as np\nimport torch\n"
    "import torch.nn.functional as F\nfrom torch import nn\nfrom torch import special as sp\n\n"
)
INNOCENT = '''
"""The loss is binary_cross_entropy(x_hat, x) plus -0.5 * (1 + logvar - mu**2 - exp(logvar))."""
import numpy as np
import torch
from torch import nn

HINT = "sigma = torch.exp(0.5 * logvar), and nn.Sequential(nn.Linear(1, 2), nn.ReLU())"

def sigmoid(a): return 1 / (1 + np.exp(-a))
def softmax(a): return np.exp(a) / np.exp(a).sum()
def variance(logvar): return np.exp(logvar)
def shifted(a, scale, shift): return a * scale + shift
def distance(a, b): return ((a - b) ** 2).sum() ** 0.5
def entropy(p): return -(p * np.log(p)).sum()
def asked(net, x): return net.encoder(x)
def layer(into, out): return nn.Linear(into, out)
'''


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Giveaway]]:
    """What is found in a copy of the package, by the file's name."""
    package = tmp_path_factory.mktemp("planted") / "nndl2"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "room").mkdir()
    (package / "room" / "__init__.py").write_text("")
    for name, (_, text) in COMPUTED.items():
        (package / f"computed_{name}.py").write_text(f"{text}\n")
    for name, (_, text) in SPELLED.items():
        (package / "room" / f"spelled_{name}.py").write_text(f"{HEAD}{text}\n")
    (package / "innocent.py").write_text(INNOCENT)
    with imported(PACKAGE) as modules:
        known = {name for name, _ in functions(modules, "nndl2")}  # which other tests ask
    found: dict[str, list[Giveaway]] = {}
    for each in (*called(package, todos("vae"), known), *read(package, todos("vae"))):
        words = re.split(r"[./:]", each.where)
        file = next((w for w in words if w.startswith(("computed_", "spelled_"))), each.where)
        found.setdefault(file, []).append(each)
    return found


@pytest.mark.parametrize("name", COMPUTED)
def test_a_planted_function_is_found_by_calling_it(
    name: str, planted: dict[str, list[Giveaway]]
) -> None:
    found = planted.get(f"computed_{name}", [])
    assert COMPUTED[name][0] in {each.title for each in found if each.how == "computes"}


@pytest.mark.parametrize("name", SPELLED)
def test_a_planted_expression_is_found_by_reading_it(
    name: str, planted: dict[str, list[Giveaway]]
) -> None:
    found = planted.get(f"spelled_{name}", [])
    assert SPELLED[name][0] in {each.title for each in found if each.how == "spells"}


def test_nothing_but_what_is_planted_is_found(planted: dict[str, list[Giveaway]]) -> None:
    names = {*(f"computed_{name}" for name in COMPUTED), *(f"spelled_{name}" for name in SPELLED)}
    assert {file: found for file, found in planted.items() if file not in names} == {}


def test_a_leak_in_a_file_that_ships_already_is_found(tmp_path: Path) -> None:
    package = tmp_path / "nndl2"
    package.mkdir()
    (package / "__init__.py").write_text("class NotReady(RuntimeError): ...\n")
    leak = "\n\ndef spread(logvar: np.ndarray) -> np.ndarray:\n    return np.exp(logvar / 2)\n"
    text = (PACKAGE / "checks" / "draw.py").read_text("utf-8")
    (package / "draw.py").write_text(text + leak)
    found = giveaways(package, todos("vae"))
    assert [each.title for each in found] == ["reparametrize", "reparametrize"]
    assert {each.where.partition(":")[0] for each in found} == {
        "nndl2.draw.spread",
        "nndl2/draw.py",
    }


def test_functions_that_would_do_more_than_compute_are_stopped(tmp_path: Path) -> None:
    package = tmp_path / "nndl2"
    package.mkdir()
    target = tmp_path / "written"
    (package / "__init__.py").write_text(
        "import os, pathlib, subprocess, threading, torch\n"
        f"def a(x): pathlib.Path({str(target)!r}).write_text('x')\n"
        f"def b(x): subprocess.run(['touch', {str(target)!r}])\n"
        f"def c(x): os.mkdir({str(target)!r})\n"
        "def d(x): raise SystemExit(3)\n"
        "def e(x): torch.set_default_dtype(torch.float64)\n"
        "def f(x):\n"
        "    clock = threading.Timer(1e6, print)\n"
        "    clock.daemon = True\n"
        "    clock.start()\n"
    )
    before = sorted(tmp_path.rglob("*"))
    assert called(package, todos("vae")) == []
    assert sorted(tmp_path.rglob("*")) == before and not target.exists()
    assert torch.get_default_dtype() == torch.float32
    assert not [each for each in threading.enumerate() if isinstance(each, threading.Timer)]


def test_a_function_that_takes_too_long_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "nndl2"
    package.mkdir()
    (package / "__init__.py").write_text("def slow(x):\n    while True:\n        pass\n")
    monkeypatch.setattr("giveaways.SECONDS", 0.1)
    assert [each.where for each in called(package, todos("vae"))] == ["nndl2.slow"]
    assert called(package, todos("vae"), {"nndl2.slow"}) == []
