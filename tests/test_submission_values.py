"""What crosses between checks and submissions, and how weights are put: by `Local` and `Remote`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.isolation import WarmParent
from nndl2.checks import bounds
from nndl2.checks.local import Local
from nndl2.checks.model import NotWritten, Reason, StudentError, Unusable
from nndl2.checks.submission import Handle, Leaf, Odd, Submission

SOURCE = (Path(__file__).parent / "values_student.py").read_bytes()
X = np.arange(6, dtype=np.float32).reshape(2, 3)
W = np.arange(12, dtype=np.float32).reshape(4, 3) / 8 - 0.6
HALF = "encoder.weight"


@pytest.fixture(params=["local", "remote"], scope="module")
def student(request, warm: WarmParent, tmp_path_factory) -> Iterator[Submission]:
    if request.param == "local":
        file = tmp_path_factory.mktemp("local") / "net.py"
        file.write_bytes(SOURCE)
        yield Local(file)
    else:
        with warm.submission(SOURCE, "net.py") as remote:
            yield remote


def shown(value: object) -> object:
    """A value with lists for arrays."""
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    if isinstance(value, dict):
        return {name: shown(v) for name, v in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


# Answers


@pytest.mark.parametrize(
    ("which", "number", "graph"),
    [
        ("int", True, False),
        ("float", True, False),
        ("bool", True, False),
        ("detached", False, False),
        ("graph", False, True),
        ("parameter", False, True),
        ("numpy", False, False),
        ("numpy number", False, False),
    ],
)
def test_an_answer_tells_a_number_from_a_tensor_and_whether_it_has_a_graph(
    student, which, number, graph
):
    found = student.call("leaf", which)
    assert isinstance(found, Leaf)
    assert (found.number, found.graph) == (number, graph)
    assert type(np.asarray(found)) is np.ndarray
    assert type(found + 1) is not Leaf and not isinstance(found.sum(), Leaf)


def test_containers_come_back_as_tuples_and_dicts_with_text(student):
    found = student.call("nested")
    assert shown(found) == {
        "a": ([1], (2, None), "text"),
        "b": {"c": 1.5, "": ()},
        "ordered": {"z": 1, "y": 2},
        "named": (1, 2),
        "size": (2, 3),
    }
    assert list(found["ordered"]) == ["z", "y"]


def test_a_text_comes_back_without_control_characters_and_cut(student):
    assert student.call("say", "a\x1b[2Jb\n") == "a[2Jb"
    assert student.call("say", "x" * 999) == "x" * bounds.TEXT_LIMIT
    assert student.call("loud") == "plain"


def test_what_is_no_value_is_known_by_its_type(student):
    assert student.call("same", [{"a": (1, "b")}]) == ({"a": (1, "b")},)
    assert student.call("odd", "numbers as keys") == Odd("dict")
    assert student.call("odd", "set") == (Odd("set"), Odd("function"), Odd("generator"))


def test_a_long_list_comes_back_whole(student):
    found = student.call("count", 4000)
    assert len(found) == 4000 and found[-1] == 3999 and found[-1].number


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ("deep", "nested more than 6 deep"),
        ("itself", "nested more than 6 deep"),
        ("dict of itself", "nested more than 6 deep"),
        ("many", "more than 4096 values"),
        ("many in all", "more than 4096 values"),
        ("keys", "more than 4096 values"),
        ("bytes", "too many numbers"),
        ("words", "characters"),
    ],
)
def test_what_is_too_much_is_an_error_of_the_program(student, which, told):
    with pytest.raises(StudentError) as raised:
        student.call("too_much", which)
    assert raised.value.kind == "ValueError" and told in raised.value.message
    assert student.call("same", 1) == 1


def test_what_is_just_within_the_bounds_comes_back(student):
    found, depth = student.call("just"), 0
    while isinstance(found, tuple):
        found, depth = found[0], depth + 1
    assert (depth, int(found)) == (bounds.DEPTH_LIMIT, 7)


def test_classes_that_lie_about_what_they_hold_are_not_asked(student):
    assert shown(student.call("liars")) == ({"a": 1}, (1, 2), (3,))


# Arguments


def test_lists_tuples_and_dicts_arrive_as_they_are(student):
    told = student.call("kinds", [X, 1], (X, None), {"a": X, "b": ["text"]})
    assert told == "list[Tensor,int] tuple[Tensor,NoneType] dict[a:Tensor,b:list[str]]"
    assert student.call("kinds", named=[(1, 2)]) == "list[tuple[int,int]]"


def test_a_list_of_tuples_of_arrays_arrives_as_a_loader(student):
    images = np.arange(5 * 4, dtype=np.float32).reshape(5, 1, 2, 2)
    labels = np.arange(5)
    batches = [(images[:2], labels[:2]), (images[2:4], labels[2:4]), (images[4:], labels[4:])]
    found = student.call("goes_through", batches)
    assert shown(found["sizes"]) == ((3, 5, 2), (2, 2, 1), (2, 2, 1))
    assert shown(found["sample"]) == (images[3].tolist(), 3)
    assert float(found["first"]) == float(found["again"]) == images[:2].sum()
    assert found["kinds"] == "tuple[Tensor,Tensor]"


def test_keep_shows_containers_and_loaders_too(student):
    _, (listed, batches) = student.call("bump", [X], [(X, X)], keep=True)
    assert np.array_equal(listed[0], X + 1)
    assert np.array_equal(batches[0][0], X)


def test_an_argument_beyond_the_bounds_is_not_asked(student):
    deep: list = [1]
    for _ in range(bounds.DEPTH_LIMIT):
        deep = [deep]
    for too_much in (deep, [0] * (bounds.LEAF_LIMIT + 1)):
        with pytest.raises(Unusable) as raised:
            student.call("same", too_much)
        assert raised.value.reason is Reason.SUSPICIOUS


# Targets


def test_a_method_is_a_target_in_the_mode_of_its_module(student):
    net = student.build("Net")
    found = student.call(net.part("encode"), X, mode="eval")
    assert np.array_equal(found[0], student.call(net.part("encoder"), X))
    assert not found[1]
    assert student.call(net.part("encode"), X)[1]


def test_gradients_of_a_method_are_by_the_parameters_of_its_module(student):
    net = student.build("Net")
    found = student.gradients(net.part("encode"), X, wrt="parameters", pick=0)
    assert list(found.by) == [*student.weights(net)]
    assert found.by["decoder.weight"] is None
    assert np.allclose(found.by["encoder.bias"], len(X))
    assert found.output[0].graph
    assert np.abs(student.gradients(net.part("encode"), X, wrt=[0], pick=0).by["0"]).sum() > 0


def test_gradients_of_an_element_of_a_dict(student):
    net = student.build("Net")
    found = student.gradients(net, X, wrt="parameters", pick="q")
    assert found.by["decoder.weight"] is None and found.by[HALF] is not None
    assert student.gradients(net, X, wrt="parameters").by["decoder.weight"] is not None


def test_gradients_for_what_a_dict_among_the_arguments_holds(student):
    given = {"q": X, "rec": 2 * X}
    found = student.gradients("product", X, given, wrt=("1.q", "1.rec", 0))
    assert list(found.by) == ["1.q", "1.rec", "0"]
    assert np.allclose(found.by["1.q"], 2 * X * X) and np.allclose(found.by["1.rec"], X * X)


def test_a_class_of_the_course_is_built_likewise(student):
    made = student.build("nndl2.probing.settings.Settings", None, True, device="cpu")
    assert student.read(made.part("device")) == "cpu" and student.read(made.part("grad")).number


# Reading


def test_constants_and_attributes_are_read(student):
    net = student.build("Net", nz=5)
    assert student.read("BEST_BETA") == 0.005 and student.read("BEST_BETA").number
    assert student.read("NOTHING") is None
    assert student.read(net.part("nz")) == 5
    assert student.read(net.part("encoder.in_features")) == 3
    assert student.read(net.part("nothing")) is None
    assert student.read(net.part("encoder.weight")).graph
    assert student.read(net) == Odd("Net")


def test_what_is_not_there_to_read_is_unusable(student):
    net = student.build("Net")
    for target, name in (("BEST_BET", "BEST_BETA"), (net.part("nzz"), "nz")):
        with pytest.raises(Unusable) as raised:
            student.read(target)
        assert raised.value.reason is Reason.MALFORMED
        assert raised.value.sentence.endswith(f"it has {name}")
    with pytest.raises(NotWritten):
        student.read(net.part("nothing.weight"))
    with pytest.raises(StudentError) as wrong:
        student.read(net.part("broken"))
    assert wrong.value.message == "a property"


# Weights and their inverse


def computed(student: Submission, net: Handle, x: np.ndarray = X) -> np.ndarray:
    return np.asarray(student.call(net, x, mode="eval"))


def test_put_is_the_inverse_of_weights(student):
    net, other = student.build("Net"), student.build("Net")
    weights = {name: array + 1 for name, array in student.weights(net).items()}
    student.put(net, weights)
    assert shown(student.weights(net)) == shown(weights)
    student.put(net, {HALF: W[:3]})
    assert shown(student.weights(net)) == shown({**weights, HALF: W[:3]})
    student.put(net.part("encoder"), {"weight": -W[:3]})
    assert np.array_equal(student.weights(net)[HALF], -W[:3])
    assert not np.array_equal(student.weights(other)[HALF], -W[:3])
    student.put(net, {})


def test_names_and_shapes_can_be_asked_for_without_the_numbers(student):
    net = student.build("Net")
    whole, bare = student.weights(net), student.weights(net, numbers=False)
    assert [(n, w.shape) for n, w in bare.items()] == [(n, w.shape) for n, w in whole.items()]
    assert not any(w.any() or w.flags.writeable for w in bare.values())
    student.put(net, {HALF: W[:3]})
    assert student.weights(student.build("Lazy"), numbers=False) == {}


def test_the_first_numbers_of_each_weight_can_be_asked_for(student):
    net = student.build("Net")
    whole = student.weights(net)
    for name, first in student.weights(net, most=2).items():
        assert np.array_equal(first, whole[name][(slice(2),) * whole[name].ndim])


def test_what_is_put_again_and_again_is_put_each_time(student):
    net, other = student.build("Net"), student.build("Net")
    planted = {n: np.full(w.shape, 3, np.float32) for n, w in student.weights(net).items()}
    wide = np.full((200, 200), 2, np.float32)
    for array in (wide, *planted.values()):
        array.flags.writeable = False  # so that a process may keep it
    for asked in (net, other, net):
        student.put(asked, planted)
        with pytest.raises(StudentError, match="shape"):
            student.put(asked, {next(iter(planted)): wide})
        assert shown(student.weights(asked)) == shown(planted)
        student.put(asked, {n: array + 1 for n, array in planted.items()})


# Objects that are set back


def test_an_object_is_set_back_to_how_it_was_built(student):
    net = student.build("Net")
    before = student.weights(net)
    student.put(net, {HALF: W[:3]})
    student.call("steps", net, X)
    student.call(net, X, mode="eval")
    assert student.renew(net)
    assert shown(student.weights(net)) == shown(before)
    assert student.read(net.part("training"))
    assert student.call("steps", net, X)
    assert not np.array_equal(student.weights(net)[HALF], before[HALF])


def test_what_a_normalisation_has_seen_is_forgotten(student):
    net = student.build("Normalised")
    before = computed(student, net)
    student.call(net, 9 * X)
    assert not np.array_equal(computed(student, net), before)
    assert student.renew(net)
    assert np.array_equal(computed(student, net), before)


@pytest.mark.parametrize("change", ["notes", "keeps", "grows", "swaps", "freezes"])
def test_an_object_that_holds_others_than_before_is_not_set_back(student, change):
    net = student.build("Normalised")
    assert student.renew(net)
    student.call(net.part(change), X, keep=True)
    assert not student.renew(net)


def test_what_cannot_be_told_apart_is_not_set_back(student):
    lazy, normed = student.build("Lazy"), student.build("Normed")
    assert not student.renew(lazy)
    assert student.renew(normed)
    student.put(normed, {"0.weight": W})
    assert np.allclose(computed(student, normed), X @ W.T, atol=1e-5)
    student.put(normed, {"0.weight": np.zeros_like(W)})  # which no direction and length give
    assert not student.renew(normed)


def test_an_object_whose_parameters_have_no_end_is_built_and_not_set_back(student):
    assert not student.renew(student.build("Endless"))


def test_an_object_that_is_gone_is_not_set_back(student):
    net = student.build("Net")
    for _ in range(8):
        student.build("Net")
    assert not student.renew(net)


def test_a_piece_keeps_its_graph_and_its_parameters(student):
    net = student.build("Net")
    student.put(net, {HALF: W[:3]})
    assert student.read(net.part("encoder.weight")).graph
    assert student.call("steps", net, X)  # with the optimizer that was made before
    assert not np.array_equal(student.weights(net)[HALF], W[:3])


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"encoder.wait": W}, "put: there is no parameter encoder.wait"),
        ({HALF: W[:2]}, "put: encoder.weight has shape (3, 3) and not (2, 3)"),
    ],
)
def test_what_does_not_fit_is_an_error_and_nothing_is_put(student, arrays, told):
    net = student.build("Net")
    before = student.weights(net)
    with pytest.raises(StudentError) as raised:
        student.put(net, {"encoder.bias": W[0], **arrays})
    assert raised.value.message == told
    assert shown(student.weights(net)) == shown(before)


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        ("Expanded", "weight"),
        ("Viewed", "weight"),
        ("Flat", "weight"),
        ("Tied", "first.weight"),
        ("Normed", "0.weight"),
        ("OldNormed", "0.weight"),
        ("Positive", "0.weight"),
        ("Spectral", "0.weight"),
        ("Own", "weight"),
        ("Frozen", "weight"),
        ("Double", "weight"),
        ("Inner", "weight"),
    ],
)
def test_what_is_put_is_what_is_computed_with(student, cls, name):
    net = student.build(cls)
    before = student.weights(net)
    assert next(iter(before)) == name and before[name].shape == W.shape
    for planted in (W, np.zeros_like(W), W + 1):
        student.put(net, {name: planted})
        assert np.allclose(student.weights(net)[name], planted, atol=1e-6)
        assert np.allclose(computed(student, net), X @ planted.T, atol=1e-5)
    found = student.gradients(net, X, wrt="parameters").by
    assert list(found) == list(before)
    if cls != "Frozen":
        assert np.allclose(found[name], np.broadcast_to(X.sum(0), W.shape), atol=1e-5)


def test_parameters_of_lazy_layers_are_left_out_until_the_first_call(student):
    net = student.build("Lazy")
    assert student.weights(net) == {}
    assert set(student.gradients(net, X, wrt="parameters").by) == {"0.weight", "0.bias"}
    student.put(net, {"0.weight": W, "0.bias": W[:, 0]})
    assert np.allclose(computed(student, net), X @ W.T + W[:, 0], atol=1e-5)


def test_a_name_that_is_not_quoted_can_be_put_all_the_same(student):
    net = student.build("Spelled")
    (name,) = student.weights(net)
    student.put(net, {name: W})
    assert np.array_equal(student.weights(net)[name], W)


def test_an_exception_of_the_program_while_weights_are_read_or_put_is_its_own(student):
    net = student.build("Angry")
    for ask in (lambda: student.weights(net), lambda: student.put(net, {"weight": W})):
        with pytest.raises(StudentError) as raised:
            ask()
        assert raised.value.message == "leave me alone"
