"""What happens while a student's file is loaded, and what is said of a name it does not have."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from autograder.isolation import messages
from autograder.isolation.frames import ProtocolError
from nndl2.checks.model import NotWritten, Reason, StudentError, Unusable
from nndl2.checks.notes import COLAB, NOTES, SETTINGS
from nndl2.probing.probe import Probe

NET = "from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n"
X = np.ones((1, 2), np.float32)
MOVE, IN = "so move it out to the left", "so move it in to the right"


def refused(source: str) -> Unusable:
    with pytest.raises(Unusable) as raised:
        Probe(source.encode(), "vae.py")
    return raised.value


def asked(source: str, name: str) -> str:
    """What is said when a name is asked for that the file does not offer."""
    with pytest.raises(Unusable) as raised:
        Probe(source.encode(), "vae.py").call(name)
    assert raised.value.reason is Reason.MALFORMED and raised.value.target == name
    return raised.value.sentence


def test_a_file_that_needs_colab_gets_a_stand_in_that_leaves_no_trace():
    before = list(sys.meta_path), {n for n in sys.modules if n.startswith("google")}
    probe = Probe(b"from google.colab import drive, files\ndrive.mount('/x')\nx = 1\n", "vae.py")
    assert probe.module.x == 1 and probe.notes == (COLAB,)
    assert (sys.meta_path, {n for n in sys.modules if n.startswith("google")}) == before


def test_what_a_call_of_colab_gives_can_be_read_and_looped_over():
    source = (
        b"from google.colab import files, output\nup = files.upload()\n"
        b"x = [*up.keys(), *up, *files.upload().items()]\noutput.eval_js('1').result.get('y')\n"
    )
    assert Probe(source, "vae.py").module.x == []


def test_colab_is_stood_in_for_in_a_function_too():
    source = "def f(x):\n    from google.colab import drive\n    drive.mount('/x')\n    return x\n"
    probe = Probe(source.encode(), "vae.py")
    before = list(sys.meta_path)
    assert np.array_equal(probe.call("f", X), X) and probe.notes == (COLAB,)
    assert sys.meta_path == before and "google.colab" not in sys.modules


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has all these names")
@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from functools import Placeholder\n", 1),
        ("import functools\nfunctools.Placeholder\n", 2),
    ],
)
def test_a_name_of_a_newer_python_is_nobodys_mistake(source, line):
    error = refused(source)
    assert (error.reason, error.line) == (Reason.ENVIRONMENT, line)
    assert f"line {line} of vae.py is written for Python 3.14 (functools.Pl" in error.sentence


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has all these names")
def test_a_name_of_a_newer_python_in_a_function_is_nobodys_mistake_either():
    probe = Probe(b"import functools\ndef f(x):\n    functools.Placeholder\n", "vae.py")
    with pytest.raises(Unusable) as raised:
        probe.call("f", X)
    assert (raised.value.reason, raised.value.line) == (Reason.ENVIRONMENT, 3)


@pytest.mark.parametrize(
    ("package", "meant"),
    [
        ("troch", "torch"),
        ("pytorch", "torch"),
        ("Torch", "torch"),
        ("numpi", "numpy"),
        ("nndl", "nndl2"),
    ],
)
def test_a_package_misspelt_is_no_package_that_is_missing(package, meant):
    error = refused(f"import {package}\n")
    assert error.reason is Reason.MALFORMED
    assert (
        error.sentence
        == f"line 1 of vae.py imports {package}, which is no package; perhaps {meant} is meant"
    )


@pytest.mark.parametrize("package", ["torchx", "numpyro", "torchmetrics", "einops", "cupy"])
def test_a_package_that_is_called_like_another_is_missing_all_the_same(package):
    assert refused(f"import {package}\n").reason is Reason.ENVIRONMENT


def test_a_file_that_asks_whether_it_is_on_colab_is_told_that_it_is_not():
    source = b"try:\n    import google.colab\n    x = 1\nexcept ImportError:\n    x = 2\n"
    probe = Probe(source, "vae.py")
    assert probe.module.x == 2 and probe.notes == ()


def test_what_a_file_sets_for_all_of_torch_is_put_back():
    source = (
        b"import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
    )
    assert Probe(source, "vae.py").notes == (SETTINGS,)
    assert torch.get_default_dtype() is torch.float32 and torch.is_grad_enabled()


def test_a_file_finds_itself_by_its_own_name_while_it_is_loaded():
    assert Probe(b"import vae\nx = vae.__name__\n", "vae.py").module.x.startswith("_student")
    assert "vae" not in sys.modules
    assert "it imports itself" in refused("from vae import VAE\n").sentence


@pytest.mark.parametrize(
    ("source", "reason", "says"),
    [
        ("import no_such_thing\n", Reason.ENVIRONMENT, "line 1 of vae.py imports no_such_thing,"),
        ("import importlib\nimportlib.import_module('abc_x')\n", Reason.ENVIRONMENT, "abc_x"),
        ("raise ModuleNotFoundError('x', name='scipy')\n", Reason.CRASHED, "ModuleNotFoundError"),
        ("import my_utils\n", Reason.MALFORMED, "imports my_utils, which is no part of"),
        ("from . import a\n", Reason.CRASHED, "put what it needs into this file"),
        ("import torch.nnn\n", Reason.CRASHED, "No module named 'torch.nnn'"),
        ("import sys\nsys.exit('bye')\n", Reason.CRASHED, "at line 2 while it was loaded: it ends"),
        ("import os\nos.chdir('/content/drive/x')\n", Reason.CRASHED, "is a folder of Colab"),
    ],
)
def test_only_a_package_that_is_really_missing_is_the_machines_fault(source, reason, says):
    error = refused(source)
    assert error.reason is reason and says in error.sentence


@pytest.mark.parametrize(
    ("source", "name", "says"),
    [
        ("class Vae: pass\n", "VAE", "; it has Vae"),
        ("class VAE: pass\n", "CVAE", "has no CVAE"),  # not: it has VAE, which is asked for itself
        ("class Autoencoder: pass\n", "VAE", "; it has Autoencoder"),
        ("class VAE:\n    class CVAE: pass\n", "CVAE", f"; line 2 defines it inside VAE, {MOVE}"),
        (
            "if False:\n    def f(): pass\n",
            "f",
            f"; line 2 defines it inside another block, {MOVE}",
        ),
        ("def loss(): pass\n", "loss_function", "; it has loss"),
        ("def elbo(x): pass\ndef hello(): pass\n", "loss_function", "; it has elbo"),
        ("class VAE: pass\nclass VAE: x = 1\n", "CVAE", "; VAE is defined twice, at lines 1 and 2"),
    ],
)
def test_a_name_that_is_not_there_is_looked_for(source, name, says):
    assert asked(source, name).endswith(says)


@pytest.mark.parametrize(
    ("body", "piece", "says"),
    [
        ("self.encoder = [nn.Linear(2, 2)]", "encoder", "Net.encoder is a list and no nn.Module"),
        ("self.encoder = nn.Linear", "encoder", "Net.encoder is the class Linear and no layer"),
        ("self.enc_net = nn.Linear(2, 2)", "enc_layer", "has no enc_layer; it has enc_net"),
        ("self.fc_mu = nn.Linear(2, 2)", "mu_layer", "has no mu_layer; it has fc_mu"),
        ("self.fc1 = self.fc2 = nn.ReLU()", "mu_layer", "has no mu_layer; it has fc1, fc2"),
        ("pass\n    def foward(self, x): pass", "", "has no forward; it has foward"),
        ("pass\ndef forward(self, x): pass", "", f"; line 6 defines it outside of the class, {IN}"),
        ("def forward(self, x): pass", "", f"; line 5 defines it inside __init__, {MOVE}"),
    ],
)
def test_a_piece_that_cannot_be_called_is_named(body, piece, says):
    source = f"{NET}        super().__init__()\n        {body}\n"
    probe = Probe(source.encode(), "net.py")
    handle = probe.build("Net")
    with pytest.raises(Unusable, match=says):
        probe.call(handle.part(piece) if piece else handle, X)


def test_a_method_without_self_and_a_module_without_super_are_named():
    probe = Probe(f"{NET}        super().__init__()\n    def forward(x): pass\n".encode(), "net.py")
    with pytest.raises(StudentError, match="its first parameter has to be self"):
        probe.call(probe.build("Net"), X)
    with pytest.raises(StudentError, match="before Module"):
        Probe(f"{NET}        self.a = nn.ReLU()\n".encode(), "net.py").build("Net")


def test_a_method_that_hides_the_train_of_nn_module_is_named():
    train = "    def train(self, loader):\n        for x in loader: pass\n"
    source = f"{NET}        super().__init__()\n{train}    def forward(self, x): return x\n"
    probe = Probe(source.encode(), "net.py")
    with pytest.raises(Unusable, match=r"train of Net in net\.py hides"):
        probe.call(probe.build("Net"), X)


@pytest.mark.parametrize(
    ("methods", "says"),
    [
        ("    def __int__(self, n): pass\n", "there is no __init__; there is __int__"),
        ("    def inti(self, n): pass\n", "there is no __init__; there is inti"),
        (
            "    x = 1\ndef __init__(self, n): pass\n",
            f"__init__; line 4 defines it outside of the .* {IN}",
        ),
        ("    def predict(self, n): pass\n", "takes 1 positional argument but 2 were given"),
    ],
)
def test_an_init_under_another_name_or_in_another_place_is_named(methods, says):
    source = f"from torch import nn\nclass Net(nn.Module):\n{methods}"
    with pytest.raises(StudentError, match=says):
        Probe(source.encode(), "net.py").build("Net", 3)


def test_a_network_that_is_called_without_a_forward_is_called():
    source = f"{NET}        super().__init__()\n    def __call__(self, x): return 2 * x\n"
    probe = Probe(source.encode(), "net.py")
    assert np.array_equal(probe.call(probe.build("Net"), X), 2 * X)


def test_what_still_raises_not_implemented_is_not_written():
    probe = Probe(b"def f(x):\n    return g(x)\ndef g(x):\n    raise NotImplementedError\n", "f.py")
    with pytest.raises(NotWritten, match="g is not written yet"):
        probe.call("f", X)


def test_what_torch_does_not_implement_is_an_error_and_no_unwritten_function():
    source = b"import torch\ndef f(x):\n    return torch.randn_like(x.long())\n"
    with pytest.raises(StudentError) as raised:
        Probe(source, "f.py").call("f", X)
    assert raised.value.kind == "NotImplementedError" and raised.value.frames[-1].line == 3


def test_an_init_that_still_raises_not_implemented_is_told_by_its_class():
    source = f"{NET}        raise NotImplementedError\n".encode()
    with pytest.raises(NotWritten, match=r"Net\.__init__ is not written yet"):
        Probe(source, "net.py").build("Net")


def test_a_debugger_is_shown_by_the_line_that_called_it(monkeypatch):
    monkeypatch.setattr("sys.breakpointhook", lambda: (_ for _ in ()).throw(BdbQuit()))
    with pytest.raises(StudentError) as raised:
        Probe(b"def f(x):\n    breakpoint()\n    return x\n", "f.py").call("f", X)
    assert raised.value.frames[-1].line == 2


def test_a_debugger_in_the_last_line_is_shown_too(monkeypatch):
    monkeypatch.setattr("nndl2.probing.student.exec", quits_behind, raising=False)
    assert refused("x = 1\nbreakpoint()\n").line == 2


def quits_behind(code, names):
    """As exec does when a debugger stops behind the last line of a file."""
    raise BdbQuit


class BdbQuit(Exception):
    """As pdb raises it, a line after the call, where nobody answers."""


def test_a_worker_can_note_only_what_we_have_words_for():
    assert messages.unpack_notes(list(NOTES)) == tuple(NOTES)
    for odd in (["points: 12"], "colab", None, [["colab"]]):
        with pytest.raises(ProtocolError):
            messages.unpack_notes(odd)
