"""One contract for whatever answers questions about a submission: `Local` and `Remote` alike."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from autograder.isolation import Remote, WarmParent
from nndl2.checks.local import Local
from nndl2.checks.model import Frame, NotWritten, Reason, StudentError, Unusable
from nndl2.checks.submission import Handle, Layer, Odd, Submission

SOURCE = b"""import torch
from torch import nn

from nndl2.grad import rel_error


def timed(function):
    def outer(*args, **kw):
        return function(*args, **kw)

    return outer


class Net(nn.Module):
    def __init__(self, width, bias=True):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, width, bias=bias), nn.ReLU())
        self.head = None
        self.unused = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return scaled(self.body(x)), x

    def extra_repr(self):
        raise RuntimeError("never asked for")


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(3, 4)

    def one(self, x):
        return self.first(x)

    def other(self, a, b):
        return a * b

    def forward(self, x):
        return self.other(x, b=x), self.second(x)


def scaled(x, factor=2):
    return factor * x


def mix(b, a):
    return a - b


def mixed(x):
    return mix(a=x, b=3 * x)


def mixed_in_order(x):
    return mix(x, 3 * x)


@timed
def renamed(first, second):
    return first - second


def asks_renamed(x):
    return renamed(x, 3 * x)


def changes_torch(x):
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    return x


def finds_itself(x):
    import net

    return net.scaled(x)


def training(net):
    return net.training


def noise(n):
    return torch.randn(int(n))


def same(x):
    return x


def kinds():
    return 1, 2.5, True, None, [torch.arange(2), "text"], set()


def bump(x):
    x += 1
    return None


def deep():
    return inner()


def inner():
    raise ValueError("no such thing")


def leave():
    raise SystemExit(3)


def generator_exit():
    raise GeneratorExit


def lacks():
    import no_such_package_here


def error(x, y):
    return rel_error(x, y)
"""
X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(params=["local", "remote"], scope="module")
def student(request, warm: WarmParent, tmp_path_factory) -> Iterator[Submission]:
    if request.param == "local":
        file = tmp_path_factory.mktemp("local") / "net.py"
        file.write_bytes(SOURCE)
        yield Local(file)
    else:
        with warm.submission(SOURCE, "net.py") as remote:
            yield remote


def test_remote_has_the_verbs_of_the_contract():
    verbs = ["build", "renew", "call", "gradients", "read", "weights", "put", "layers"]
    assert all(
        inspect.signature(getattr(Remote, v)) == inspect.signature(getattr(Submission, v))
        for v in verbs
    )


def test_weights_come_by_name_in_their_order_and_from_a_fixed_seed(student):
    first, second = (student.weights(student.build("Net", 4)) for _ in range(2))
    assert list(first) == ["unused", "body.0.weight", "body.0.bias"]
    assert first["body.0.weight"].shape == (4, 3)
    assert first["body.0.weight"].dtype == np.float32
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_build_takes_keyword_arguments(student):
    assert "body.0.bias" not in student.weights(student.build("Net", 4, bias=False))


def test_a_keyword_that_the_class_calls_otherwise_is_given_by_position(student):
    assert "body.0.bias" not in student.weights(student.build("Net", 4, with_bias=False))


def test_call_takes_arrays_by_position_and_by_name(student):
    assert np.array_equal(student.call("scaled", X), 2 * X)
    assert np.array_equal(student.call("scaled", X, factor=3), 3 * X)


def test_call_takes_a_handle_and_its_submodule_as_target(student):
    net = student.build("Net", 4)
    body = student.call(net.part("body"), X)
    output, given = student.call(net, X)
    assert np.array_equal(output, 2 * body)
    assert np.array_equal(given, X)


def test_call_takes_a_handle_as_argument_and_sets_the_mode_of_a_target(student):
    net = student.build("Net", 4)
    student.call(net, X, mode="eval")
    assert not student.call("training", net)
    student.call(net, X)
    assert student.call("training", net)


def test_what_is_no_array_comes_back_by_its_type(student):
    one, half, yes, none, listed, odd = student.call("kinds")
    assert (int(one), float(half), bool(yes), none, odd) == (1, 2.5, True, None, Odd("set"))
    assert np.array_equal(listed[0], [0, 1])
    assert listed[1] == "text"


def test_arrays_cross_with_their_dtype_and_shape(student):
    dtypes = ["float32", "float64", "float16", "int64", "int32", "uint8", "bool"]
    for dtype, shape in itertools.product(dtypes, [(), (0, 3), (2, 1, 3)]):
        array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
        back = student.call("same", array)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert np.array_equal(back, array)


def test_a_seed_repeats_the_noise_and_none_lets_it_go_on(student):
    first, again = (student.call("noise", 4, seed=7) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, student.call("noise", 4))


def test_a_stand_in_lasts_for_one_call(student):
    net = student.build("Net", 4)
    body = student.call(net.part("body"), X)
    assert np.array_equal(student.call(net, X, stand_in={"scaled": {"x": 5.0}})[0], 5 * body)
    assert np.array_equal(student.call(net, X)[0], 2 * body)


def test_a_method_has_a_stand_in_for_one_call(student):
    pair = student.build("Pair")
    stand_in = {".other": {"a": 10.0, "b": 1.0}}
    assert np.array_equal(student.call(pair, X, stand_in=stand_in)[0], 11 * X)
    found = student.gradients(pair, X, wrt=[0], pick=0, stand_in=stand_in)
    assert np.array_equal(found.by["0"], np.full_like(X, 11))
    assert np.array_equal(student.call(pair, X)[0], X * X)
    assert np.array_equal(student.call(pair.part("other"), X, X), X * X)


@pytest.mark.parametrize(
    ("asker", "target", "factor"),
    [
        ("mixed", "mix", 10 + 3),  # by name
        ("mixed_in_order", "mix", 30 + 1),  # by the order in which mix takes them
        ("asks_renamed", "renamed", 10 + 3),  # by the order in which they are asked for
    ],
)
def test_a_stand_in_knows_its_arguments_by_name_or_else_by_order(student, asker, target, factor):
    told = student.call(asker, X, stand_in={target: {"a": 10.0, "b": 1.0}})
    assert np.array_equal(told, factor * X)


def test_what_a_call_sets_for_all_of_torch_is_put_back(student):
    student.call("changes_torch", X)
    assert student.call("noise", 4).dtype == np.float32
    found = student.gradients(student.build("Net", 4), X, wrt="parameters", pick=0)
    assert found.by["body.0.weight"] is not None


def test_a_file_finds_itself_also_while_it_is_called(student):
    assert np.array_equal(student.call("finds_itself", X), 2 * X)


def test_keep_shows_what_became_of_the_inputs(student):
    output, (after,) = student.call("bump", X, keep=True)
    assert output is None
    assert np.array_equal(after, X + 1)


def test_the_course_s_own_functions_can_be_called(student):
    assert float(student.call("nndl2.grad.rel_error", X, X)) == 0
    assert float(student.call("error", X, X)) == 0


def test_gradients_by_position(student):
    found = student.gradients("scaled", X, wrt=[0])
    assert np.array_equal(found.output, 2 * X)
    assert np.array_equal(found.by["0"], np.full_like(X, 2))


def test_gradients_by_parameter_are_none_where_none_arrived(student):
    found = student.gradients(student.build("Net", 4), X, wrt="parameters", pick=0)
    assert found.by["unused"] is None
    assert np.abs(found.by["body.0.weight"]).sum() > 0


def test_gradients_without_their_numbers_tell_which_arrive_and_how_large_they_are(student):
    net = student.build("Net", 4)
    full = student.gradients(net, X, wrt="parameters", pick=0)
    bare = student.gradients(net, X, wrt="parameters", pick=0, numbers=False)
    assert list(bare.by) == list(full.by)
    assert np.array_equal(bare.output[0], full.output[0])
    for name, slope in full.by.items():
        level = bare.by[name]
        assert (slope is None) == (level is None)
        if slope is not None:
            assert level.shape == slope.shape
            assert np.array_equal(level, np.full(slope.shape, np.abs(slope).max(), np.float64))


def test_gradients_of_one_element_with_a_stand_in(student):
    net = student.build("Net", 4)
    found = student.gradients(net, X, wrt=[0], pick=1, stand_in={"scaled": {"x": 0.0}})
    assert np.array_equal(found.by["0"], np.ones_like(X))


def test_layers_are_the_leaves_that_were_passed_through(student):
    assert student.layers(student.build("Net", 4), X) == [
        Layer("body.0", "Linear", (2, 3), (2, 4)),
        Layer("body.1", "ReLU", (2, 4), (2, 4)),
    ]


def test_layers_of_a_method_are_those_of_its_object(student):
    assert student.layers(student.build("Pair").part("one"), X) == [
        Layer("first", "Linear", (2, 3), (2, 4))
    ]


def test_what_the_stub_left_is_not_written(student):
    with pytest.raises(NotWritten) as raised:
        student.call(student.build("Net", 4).part("head"), X)
    assert raised.value.target == "Net.head"


def test_an_exception_comes_with_the_student_s_own_lines(student):
    with pytest.raises(StudentError) as raised:
        student.call("deep")
    e = raised.value
    assert (e.target, e.kind, e.message) == ("deep", "ValueError", "no such thing")
    line = SOURCE.decode().splitlines().index('    raise ValueError("no such thing")') + 1
    assert [f.text for f in e.frames] == ["return inner()", 'raise ValueError("no such thing")']
    assert e.frames[-1] == Frame("net.py", line, 'raise ValueError("no such thing")')


@pytest.mark.parametrize(
    ("function", "kind"), [("leave", "SystemExit"), ("generator_exit", "GeneratorExit")]
)
def test_leaving_by_an_exception_is_an_error_of_the_program(student, function, kind):
    with pytest.raises(StudentError) as raised:
        student.call(function)
    assert raised.value.kind == kind
    assert student.call("same", 1) == 1


def test_a_name_that_is_missing_is_unusable_and_the_nearest_is_named(student):
    with pytest.raises(Unusable) as raised:
        student.call("scale", X)
    assert raised.value.reason is Reason.MALFORMED
    assert raised.value.target == "scale"
    assert "it has scaled" in raised.value.sentence


def test_a_package_that_is_missing_is_no_fault_of_the_student(student):
    with pytest.raises(Unusable) as raised:
        student.call("lacks")
    assert raised.value.reason is Reason.ENVIRONMENT


def test_local_and_remote_give_the_same_numbers(warm, tmp_path):
    file = tmp_path / "net.py"
    file.write_bytes(SOURCE)

    def numbers(student: Submission) -> list[np.ndarray]:
        net: Handle = student.build("Net", 4)
        slopes = student.gradients(net, X, wrt="parameters")
        kept = [a for a in slopes.by.values() if a is not None]
        output, _ = student.call(net, X)
        return [*student.weights(net).values(), student.call("noise", 9, seed=1), output, *kept]

    with warm.submission(SOURCE, "net.py") as remote:
        pairs = list(zip(numbers(Local(file)), numbers(remote)))
    assert len(pairs) > 5
    assert all(np.array_equal(here, there) for here, there in pairs)
