"""Imports that fail here: what can be deleted, what older versions had, what never works."""

from __future__ import annotations

import ast

import pytest

from autograder.isolation.quotes import Quotes
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.outdated import GONE, not_used, older_name
from nndl2.probing.probe import Probe


def refused(source: str) -> Unusable:
    with pytest.raises(Unusable) as raised:
        Probe(source.encode(), "net.py").call("f")
    return raised.value


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("from cv2 import log\ndef f(): return 1\n", "log is not used: delete line 1"),
        ("import cv2, einops as e\n", "cv2 and e are not used: delete line 1"),
        ("def f():\n    import cv2\n    return 1\n", "cv2 is not used: delete line 2"),
        ("import cv2\ndef f(): return cv2.log(1)\n", "the assignment needs only torch"),
        ("from cv2 import *\n", "the assignment needs only torch"),
        ("import cv2\n__all__ = ['cv2']\n", "the assignment needs only torch"),
    ],
)
def test_an_import_that_is_not_used_can_be_deleted_by_the_student(source, says):
    e = refused(source)
    assert e.reason is Reason.ENVIRONMENT
    assert "which is not installed here; " in e.sentence and e.sentence.endswith(says)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import tensorflow as tf\ndef f(): return tf.zeros(3)\n", Reason.MALFORMED),
        ("from keras.layers import Dense\nLAYER = Dense(3)\n", Reason.MALFORMED),
        ("import tensorflow as tf\ndef f(): return 1\n", Reason.ENVIRONMENT),
    ],
)
def test_a_program_of_another_framework_is_never_waited_for(source, reason):
    assert refused(source).reason is reason


@pytest.mark.parametrize(
    ("source", "name", "says"),
    [
        ("from torch._six import inf\n", "torch._six", "inf is not used: delete line 1"),
        ("from torch._six import inf\nX = inf\n", "torch._six", "write math.inf for inf"),
        (
            "import torchvision.transforms.functional_tensor as t\nX = t.crop\n",
            "torchvision.transforms.functional_tensor",
            "write torchvision.transforms.functional instead",
        ),
        ("import numpy as np\nX = np.float(1)\n", "numpy.float", "write float instead"),
        ("import numpy\ndef f(): return numpy.infty\n", "numpy.infty", "write numpy.inf instead"),
        ("from collections import Mapping\nX = Mapping\n", "collections.Mapping", "instead"),
    ],
)
def test_what_an_older_version_had_is_named_with_what_to_write_now(source, name, says):
    e = refused(source)
    assert e.reason is Reason.ENVIRONMENT
    assert f" needs {name}, which " in e.sentence and e.sentence.endswith(says)
    assert " here does not have and older ones had; " in e.sentence


@pytest.mark.parametrize("source", ["import torch.nm\n", "import numpy\nX = numpy.flaot\n"])
def test_a_name_that_never_was_is_no_older_one(source):
    assert refused(source).reason is not Reason.ENVIRONMENT


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_no_name_that_is_called_older_is_there_yet():
    import collections
    import math

    import numpy
    import torch
    import torchvision

    there = {m.__name__: m for m in (collections, math, numpy, torch, torchvision)}
    pairs = [(root, rest) for root, _, rest in (name.partition(".") for name in GONE)]
    known = [f"{a}.{b}" for a, b in pairs if a in there and "." not in b and hasattr(there[a], b)]
    came_or_goes = {"numpy.bool", "numpy.long", "numpy.row_stack", "numpy.in1d", "numpy.trapz"}
    assert set(known) <= came_or_goes  # one NumPy 2 has them, and another has not


def test_on_secret_inputs_the_sentence_is_made_anew_from_the_file():
    source = "import numpy as np\ndef f(x): return np.float(x)\n"
    told = "line 2 of net.py needs numpy.float, which 3.14159 had; secret 2.71828"
    made = Quotes(source.encode(), "net.py").error(Unusable(told, Reason.ENVIRONMENT, line=2), "f")
    assert isinstance(made, Unusable) and made.sentence.endswith("write float instead")
    assert "3.14159" not in made.sentence and "secret" not in made.sentence


def test_only_what_python_says_in_full_is_an_older_name():
    assert older_name("AttributeError", "module 'numpy' has no attribute 'float'.\n`np.float`") == (
        "numpy.float"
    )
    assert not older_name("ValueError", "module 'numpy' has no attribute 'float'")
    assert not older_name("AttributeError", "module 'numpy' has no attribute 'floats'")


def test_an_import_over_several_lines_is_one():
    tree = ast.parse("from cv2 import (\n    log,\n    exp,\n)\n")
    assert not_used(tree, 3) == ["log", "exp"]
