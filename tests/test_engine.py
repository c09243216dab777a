"""The engine on a small made-up assignment: five outcomes kept apart, and always a result."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from autograder.oracles import Computed
from nndl2.checks.compare import as_array, expect_answer, expect_close, expect_shape
from nndl2.checks.declare import Family, check, checks_in
from nndl2.checks.draw import Draw
from nndl2.checks.local import Local
from nndl2.checks.model import (
    Assignment,
    Check,
    Frame,
    Mismatch,
    NotRun,
    NotWritten,
    Outcome,
    Part,
    Reason,
    Report,
    StudentError,
    Task,
    Unusable,
    Verdict,
)
from nndl2.checks.names import nearest
from nndl2.checks.run import MESSAGE_LIMIT, all_unusable, plainly, run

PASS, FAIL, NOT_WRITTEN, NOT_RUN, FAULT = Outcome
PROPERTY = settings(deadline=None, max_examples=60, derandomize=True, database=None)
ASSIGNMENT = Assignment(
    "small",
    "small.py",
    (
        Task("double", "Double", (Part("double", "Double", ("double",)),)),
        Task(
            "net",
            "Net",
            (Part("body", "Body", ("Net.body",)), Part("forward", "Forward", ("Net.forward",))),
        ),
        Task("train", "Train", (Part("train", "Train"),)),
    ),
)
SOURCE = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Linear(3, width)

    def forward(self, x):
        return double(self.body(x))


def double(x):
    return 2 * x
"""
LINEAR, DOUBLED = "nn.Linear(3, width)", "    return 2 * x\n"
X = np.arange(6, dtype=np.float32).reshape(2, 3)


@check("double")
def returns_a_tensor(student, draw, oracle):
    """double returns a tensor"""
    as_array(student.call("double", X), "double")


@check("double", after=returns_a_tensor)
def doubles(student, draw, oracle):
    """every number is doubled"""
    expect_answer(student.call("double", X), oracle("doubled", X), "the answer")


@check("body")
def has_the_asked_width(student, draw, oracle):
    """the body is as wide as it is asked to be"""
    expect_shape(student.call(student.build("Net", 4).part("body"), X), (2, 4), "the body")


@check("forward")
def doubles_the_body(student, draw, oracle):
    """forward doubles what the body returns"""
    net = student.build("Net", 4)
    body = as_array(student.call(net.part("body"), X), "the body")
    expect_close(student.call(net, X), 2 * body)


@check("train", after=(doubles, doubles_the_body))
def learns(student, draw, oracle):
    """training brings the loss down"""


ORACLE = Computed({"doubled": lambda x: (2 * x, lambda: [("squared", x**2)])})
CHECKS = (returns_a_tensor, doubles, has_the_asked_width, doubles_the_body, learns)
Judge = Callable[..., dict[str, Verdict]]


@pytest.fixture
def judged(tmp_path) -> Iterator[Judge]:
    """The verdicts, by the check's name, on SOURCE after the edits (old, new)."""
    opened = []

    def judge(*edits: tuple[str, str], checks=CHECKS, **kw) -> dict[str, Verdict]:
        source = SOURCE
        for old, new in edits:
            assert old in source
            source = source.replace(old, new)
        (tmp_path / "small.py").write_text(source, encoding="utf-8")
        opened.append(Local(tmp_path / "small.py"))
        return {v.check.name: v for v in run(ASSIGNMENT, checks, opened[-1], oracle=ORACLE, **kw)}

    yield judge
    for student in opened:
        student.close()


def doing(body: str) -> tuple[str, str]:
    """The edit that gives `double` another body."""
    return DOUBLED, textwrap.indent(body + "\n", "    ")


def asking(ask: Callable[..., str | None], part: str = "double", **kw) -> Check:
    return Check(part, kw.pop("name", "asked"), "a sentence", ask, **kw)


def raising(error: BaseException, part: str = "double", **kw) -> Check:
    def ask(student, draw, oracle):
        raise error

    return asking(ask, part, **kw)


def alone(check: Check, **kw) -> Verdict:
    """The verdict of a check that asks no student."""
    return run(ASSIGNMENT, [check], None, **kw)[0]  # type: ignore[arg-type]  # nobody is asked


# the five outcomes


def test_a_right_program_passes_everything(judged):
    assert {v.outcome for v in judged().values()} == {PASS}


def test_a_check_may_tell_a_fact_beside_its_pass():
    verdict = alone(asking(lambda student, draw, oracle: "20,000 samples decided"))
    assert (verdict.outcome, verdict.note) == (PASS, "20,000 samples decided")


def test_a_wrong_answer_fails_with_what_was_expected_and_what_it_equals(judged):
    verdict = judged(doing("return x * x"))["doubles"]
    assert (verdict.outcome, verdict.reason) == (FAIL, Reason.NONE)
    assert (verdict.expected, verdict.got) == ("10 at (1, 2)", "25 at (1, 2)")
    assert (verdict.diagnosis, verdict.note) == ("squared", "")


def test_what_the_stub_left_is_not_written_and_so_are_the_checks_after_it(judged):
    found = judged(doing("return None"))
    for name in ("returns_a_tensor", "doubles"):
        assert (found[name].outcome, found[name].note) == (
            NOT_WRITTEN,
            "double is not written yet, or lacks its return",
        )
    verdict = judged((LINEAR, "None"))["has_the_asked_width"]
    assert (verdict.outcome, verdict.note) == (NOT_WRITTEN, "Net.body is not written yet")


def test_a_check_is_not_run_before_the_checks_it_comes_after(judged):
    found = judged(doing("return 'two'"))
    same, other = found["doubles"], found["learns"]
    assert (same.outcome, same.note) == (NOT_RUN, "the check before it has to pass first")
    assert (other.outcome, other.note) == (NOT_RUN, "needs Double first")


def test_what_another_part_has_not_written_is_not_run(judged):
    verdict = judged((LINEAR, "None"))["doubles_the_body"]
    assert (verdict.outcome, verdict.note) == (NOT_RUN, "needs Body first")


def test_what_another_part_raises_is_not_run_and_shown_there(judged):
    found = judged((LINEAR, "nn.Linear(5, width)"))
    with pytest.raises(RuntimeError) as torch_says:
        nn.Linear(5, 4)(torch.from_numpy(X))
    said = f"Net.body raised RuntimeError: {' '.join(str(torch_says.value).split())}"
    body, forward = found["has_the_asked_width"], found["doubles_the_body"]
    assert (body.outcome, body.reason, body.note) == (FAIL, Reason.CRASHED, said)
    assert (forward.outcome, forward.note) == (NOT_RUN, f"needs Body first ({said})")


def test_a_class_that_cannot_be_built_has_to_come_first_for_all_that_need_it(judged):
    line = "        self.body = nn.Linear(3, wide)\n"
    found = judged(("        self.body = nn.Linear(3, width)\n", line))
    said = "Net.__init__ raised NameError: name 'wide' is not defined"
    for name in ("has_the_asked_width", "doubles_the_body"):
        assert (found[name].outcome, found[name].reason) == (NOT_RUN, Reason.CRASHED)
        assert found[name].note == f"needs Net(...) to be built first ({said})"
        assert found[name].frames == (Frame("small.py", 7, line.strip()),)
    assert found["doubles"].passed


def test_a_name_that_is_missing_costs_its_owner_and_is_named_with_the_nearest(judged):
    renamed = [("class Net", "class Nets"), ("def double", "def doubled"), ("double(self", "(self")]
    found = judged(*renamed)
    assert (found["doubles_the_body"].outcome, found["returns_a_tensor"].outcome) == (NOT_RUN, FAIL)
    assert found["returns_a_tensor"].note == "small.py has no double; it has doubled"
    assert found["has_the_asked_width"].note == "small.py has no Net; it has Nets"


def test_a_check_with_a_bug_is_the_graders_fault_and_stops_no_other(judged, caplog):
    buggy = [raising(AssertionError("8.5 is the answer"), name="buggy")]
    found = judged(checks=[*buggy, asking(lambda *_: None, after=tuple(buggy)), *CHECKS])
    assert found["buggy"].note == "the grader could not run this check"
    assert {found["buggy"].outcome, found["asked"].outcome} == {FAULT}
    assert all(found[c.name].passed for c in CHECKS)
    assert "double.buggy" in caplog.text and "8.5 is the answer" in caplog.text  # for the staff


def test_what_the_machine_lacks_is_the_graders_fault():
    verdict = alone(raising(Unusable("no memory left", Reason.ENVIRONMENT, "double")))
    assert (verdict.outcome, verdict.note) == (FAULT, "no memory left")


@pytest.mark.parametrize(
    ("target", "outcome"), [("double", FAIL), ("Net.body", NOT_RUN), ("", FAIL)]
)
def test_what_took_too_long_costs_the_part_that_was_asked(target, outcome):
    verdict = alone(raising(Unusable("took longer than 10 s", Reason.TIMED_OUT, target)))
    assert (verdict.outcome, verdict.reason) == (outcome, Reason.TIMED_OUT)


def test_what_cannot_be_run_here_says_why_and_so_do_the_checks_after_it():
    first = raising(NotRun("no GPU here", Reason.ENVIRONMENT), name="first")
    found = run(ASSIGNMENT, [first, asking(lambda *_: None, after=(first,))], None)
    assert [(v.outcome, v.reason) for v in found] == [(NOT_RUN, Reason.ENVIRONMENT)] * 2
    assert found[0].note == "no GPU here"


# always a result

ENDS = {
    "passes": None,
    "mismatch": Mismatch("1", "2"),
    "not written": NotWritten("double"),
    "foreign": NotWritten("Net.body"),
    "raised": StudentError("double", "ValueError", "no"),
    "unbuilt": StudentError("Net.__init__", "ValueError", "no"),
    "unusable": Unusable("no such name", Reason.MALFORMED, "double"),
    "environment": Unusable("no memory", Reason.ENVIRONMENT),
    "not run": NotRun("no GPU here", Reason.ENVIRONMENT),
    "bug": ZeroDivisionError(),
    "deep": RecursionError(),
}


@PROPERTY
@given(st.data())
def test_every_check_has_its_verdict_whatever_happens(data):
    checks: list[Check] = []
    ends = data.draw(st.lists(st.just("passes") | st.sampled_from(sorted(ENDS)), max_size=8))
    for i, end in enumerate(ends):
        part = data.draw(st.sampled_from(sorted(ASSIGNMENT.parts)))
        after = data.draw(st.lists(st.sampled_from(checks), max_size=2)) if checks else []
        error, about = ENDS[end], {"name": f"{i}", "after": tuple(after)}
        new = raising(error, part, **about) if error else asking(lambda *_: None, part, **about)
        checks.append(new)
    told: list[Verdict] = []
    secret = data.draw(st.booleans())
    found = run(ASSIGNMENT, checks, None, done=told.append, secret=secret)
    by_check = {v.check: v for v in found}
    assert list(by_check) == checks and len(told) == len(found)
    assert {v.check: v for v in told} == by_check
    for end, verdict in zip(ends, found):
        ready = all(by_check[c].passed for c in verdict.check.after)
        assert verdict.passed == (ready and end == "passes")
        assert verdict.passed or verdict.note or verdict.expected


def test_checks_are_asked_in_the_order_they_are_given():
    first = asking(lambda *_: None, name="1")
    checks = [first, asking(lambda *_: None, name="2"), asking(lambda *_: None, after=(first,))]
    told: list[Verdict] = []
    run(ASSIGNMENT, checks, None, done=told.append)
    assert [v.check.name for v in told] == ["1", "2", "asked"]


def test_the_keyboard_still_stops_it():
    with pytest.raises(KeyboardInterrupt):
        alone(raising(KeyboardInterrupt()))


def test_a_file_that_cannot_be_asked_has_every_verdict_too():
    malformed = all_unusable(CHECKS, Unusable("small.py is empty", Reason.MALFORMED))
    assert [v.check for v in malformed] == list(CHECKS)
    assert {(v.outcome, v.note) for v in malformed} == {(NOT_RUN, "small.py is empty")}
    ours = all_unusable(CHECKS, Unusable("no disk", Reason.ENVIRONMENT))
    assert {v.outcome for v in ours} == {FAULT}


def test_a_later_run_comes_after_the_verdicts_of_an_earlier_one(judged):
    first = list(judged(doing("return x"), checks=CHECKS[:-1]).values())
    later = judged(checks=[learns], before=first)
    assert list(later) == ["learns"]
    assert (later["learns"].outcome, later["learns"].note) == (NOT_RUN, "needs Double first")
    passed = list(judged(checks=CHECKS[:-1]).values())
    assert judged(checks=[learns], before=passed)["learns"].passed


# what a student reads of an exception


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return x.double_it()", "AttributeError: 'Tensor' object has no attribute 'double_it'"),
        ("return double(x)", "RecursionError: it calls itself without end"),
        (
            "raise SystemExit(2)",
            "SystemExit: it ends the program by itself (exit, quit or sys.exit); delete that line",
        ),
        ("raise ValueError('a\\n  b')", "ValueError: a b"),
        ("return 2 * y", "NameError: name 'y' is not defined"),
        ("from torch import no", "ImportError: cannot import name 'no' from 'torch'"),  # no path
    ],
)
def test_an_exception_is_told_by_its_kind_and_message(judged, body, sentence):
    verdict = judged(doing(body))["returns_a_tensor"]
    assert (verdict.outcome, verdict.reason) == (FAIL, Reason.CRASHED)
    assert verdict.note == f"double raised {sentence}"
    assert verdict.frames[-1] == Frame("small.py", 14, body)


@pytest.mark.parametrize("body", ["raise NotImplementedError", "return ..."])
def test_what_is_left_for_later_is_not_written_yet(judged, body):
    verdict = judged(doing(body))["returns_a_tensor"]
    assert verdict.outcome is NOT_WRITTEN
    assert verdict.note.startswith("double is not written yet")


HARD_CODED = (
    "a GPU is hard-coded; use the device of the input (x.device), or none where there is no input"
)
DEVICES = {  # what torch says, build by build
    "Torch not compiled with CUDA enabled": HARD_CODED,
    "Found no NVIDIA driver on your system. Please check that you have a GPU": HARD_CODED,
    "No CUDA GPUs are available": HARD_CODED,
    "PyTorch is not linked with support for mps devices": HARD_CODED,
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and "
    "cpu!": "tensors of two devices meet; use the device of the input (x.device)",
}


@pytest.mark.parametrize(("torch_says", "plain"), DEVICES.items())
@pytest.mark.parametrize("kind", ["AssertionError", "RuntimeError"])
def test_a_hard_coded_device_is_named_and_never_a_failed_assertion(judged, kind, torch_says, plain):
    verdict = judged(doing(f"raise {kind}({torch_says!r})"))["returns_a_tensor"]
    assert verdict.note == f"double raised {kind}: {plain}"


@pytest.mark.skipif(torch.cuda.is_available(), reason="cuda() works on this machine")
def test_cuda_without_a_gpu_says_to_use_the_inputs_device(judged):
    found = judged(doing("return 2 * x.cuda()"))
    assert found["returns_a_tensor"].note.endswith(f"Error: {HARD_CODED}")
    in_init = judged((LINEAR, f"{LINEAR}.cuda()"))["has_the_asked_width"]
    assert in_init.note.startswith("needs Net(...) to be built first (Net.__init__ raised ")
    assert in_init.note.endswith(f"Error: {HARD_CODED})")


def test_an_assertion_without_words_is_known_by_its_line(judged):
    verdict = judged(
        doing("assert torch.cuda.is_available() and x is None"),
        ("from torch import nn", "import torch\nfrom torch import nn"),
    )["returns_a_tensor"]
    assert verdict.note.endswith("it asks for a GPU, and there is none here; delete that line")


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ("nn.Sequential(nn.Linear(3, width), nn.ReLU)", "brackets are missing after nn.ReLU"),
        ("nn.Sequential(nn.functional.relu)", "F.relu is a function; nn.Sequential takes layers"),
        ("nn.Sequential([nn.Linear(3, width)])", "nn.Sequential takes its layers one by one"),
    ],
)
def test_what_is_no_layer_in_a_sequential_is_told_what_belongs_there(judged, layers, says):
    assert says in judged((LINEAR, layers))["has_the_asked_width"].note


@pytest.mark.parametrize(
    ("kind", "message", "says"),
    [
        ("PermissionError", "[Errno 1] Operation not permitted", "it starts a process, which"),
        ("OSError", "[Errno 30] Read-only file system", "it starts a process, which"),
        ("OSError", "[Errno 27] File too large", "[Errno 27] File too large"),
        ("RuntimeError", "Dataset not found. You can use download=True", "there are no data here"),
        ("TclError", "no display name and no $DISPLAY", "it opens a window, and there is no"),
        ("NameError", "name 'get_ipython' is not defined", "get_ipython stands for a command"),
    ],
)
def test_what_only_works_in_a_notebook_is_told_so(kind, message, says):
    assert plainly(kind, message).startswith(says)


def test_a_message_that_says_it_clearly_is_left_as_it_is():
    assert plainly("RuntimeError", "CUDA out of memory") == "CUDA out of memory"
    assert plainly("TypeError", "") == ""


def test_a_long_message_is_cut(judged):
    note = judged(doing("raise ValueError('no' * 1000)"))["returns_a_tensor"].note
    assert note == "double raised ValueError: " + "no" * (MESSAGE_LIMIT // 2)


def test_frames_are_the_students_own_innermost_three(judged):
    nested = (
        "def one(): return two()\ndef two(): return three()\ndef three(): return nn.Linear(1, 1)(x)"
    )
    verdict = judged(doing(f"{nested}\nreturn one()"))["returns_a_tensor"]
    assert [f.file for f in verdict.frames] == ["small.py"] * 3
    assert [f.line for f in verdict.frames] == [14, 15, 16]  # torch's own lines are not among them
    assert verdict.frames[-1].text == "def three(): return nn.Linear(1, 1)(x)"


# secret inputs stay secret

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
SHOWN_AS = [
    lambda x: str(x.tolist()),
    lambda x: str(x[0].item()),
    lambda x: f"expected {x[0].item()!r}.",
    str,
    repr,
    lambda x: str(torch.from_numpy(x)),
    lambda x: f"{x[0]:.6e} and {x[0]:.2f}",
]


@PROPERTY
@given(st.lists(finite, min_size=1, max_size=12), st.sampled_from(SHOWN_AS))
def test_on_secret_inputs_no_message_with_floats_in_it_is_shown(values, shown):
    message = " ".join(shown(np.array(values, np.float32)).split())
    error = StudentError("double", "ValueError", message)
    assert alone(raising(error), secret=True).note == "double raised ValueError"
    assert alone(raising(error)).note == f"double raised ValueError: {message[:MESSAGE_LIMIT]}"


def test_nor_is_one_with_labels():
    labels = np.eye(10, dtype=int)[3:5]
    for message in (str(labels), str(labels.tolist()), str(labels[0]), str(torch.tensor(labels))):
        error = StudentError("double", "ValueError", " ".join(message.split()))
        assert alone(raising(error), secret=True).note == "double raised ValueError"


def test_on_secret_inputs_a_message_is_told_in_our_words_only(judged):
    call = asking(lambda student, draw, oracle: student.call("double", X) and None)
    shapes = "mat1 and mat2 shapes cannot be multiplied (3x400 and 401x400)"
    for message in (shapes, "expected 4 dimensions, got 2.", "no such file: '0.25 0.5'"):
        edit = doing(f"raise FileNotFoundError({message!r})")
        verdict = judged(edit, checks=[call], secret=True)["asked"]
        assert verdict.note == "double raised FileNotFoundError"
        assert verdict.frames[-1].text == f"raise FileNotFoundError({message!r})"
    (torch_says, plain), *_ = DEVICES.items()
    edit = doing(f"raise RuntimeError({torch_says!r})")
    verdict = judged(edit, checks=[call], secret=True)["asked"]
    assert verdict.note == f"double raised RuntimeError: {plain}"


def test_on_secret_inputs_our_words_say_that_something_is_missing():
    error = Unusable("small.py has no double; it has 0.25", Reason.MALFORMED, "double")
    told = "double is missing, or cannot be used as it is"
    assert alone(raising(error), secret=True).note == told
    assert alone(raising(error)).note == error.sentence


# inputs


def test_inputs_repeat_for_the_same_key_and_check_and_differ_otherwise():
    def inputs(key: bytes, check_id: str) -> list[float]:
        draw = Draw(key, check_id)
        return [*draw.normal(3), *draw.uniform(3), *draw.one_hot(3, 4).ravel(), draw.seed()]

    first = inputs(b"key", "loss.scalar")
    assert inputs(b"key", "loss.scalar") == first
    others = [inputs(b"kez", "loss.scalar"), inputs(b"key", "loss.scalas"), inputs(b"", "")]
    assert all(other[:3] != first[:3] for other in others)


def test_each_check_draws_from_a_stream_of_its_own():
    drawn: dict[str, list[list[float]]] = {"greedy": [], "modest": []}

    def drawing(name: str, n: int) -> Check:
        return asking(
            lambda student, draw, oracle: drawn[name].append(draw.normal(n).tolist()), name=name
        )

    checks = [drawing("greedy", 100), drawing("modest", 2)]
    run(ASSIGNMENT, checks[1:], None, key=b"k")
    run(ASSIGNMENT, checks, None, key=b"k")
    assert drawn["modest"][0] == drawn["modest"][1] != drawn["greedy"][0][:2]


@pytest.mark.parametrize(
    ("part", "passes", "lives", "known"),
    [
        ("double", True, True, True),
        ("total", True, True, False),
        ("double", False, True, False),
        ("double", True, False, False),
    ],
    ids=["same part", "another part", "after a failed check", "after the end of a process"],
)
def test_what_a_check_found_out_is_known_to_the_next(part, passes, lives, known):
    student, seen = SimpleNamespace(ended=0), []

    def find_out(student, draw, oracle):
        draw.known["found"] = True
        student.ended += not lives
        if not passes:
            raise Mismatch("1", "2")

    first = asking(find_out, name="first")
    then = asking(lambda _, draw, oracle: seen.append("found" in draw.known), part)
    run(ASSIGNMENT, [first, then], student)
    assert seen == [known]


@PROPERTY
@given(st.binary(max_size=8), st.integers(1, 6), st.integers(1, 5))
def test_inputs_are_what_they_are_called(key, n, classes):
    draw = Draw(key, "a check")
    labels = draw.one_hot(n, classes)
    assert labels.shape == (n, classes) and labels.dtype == np.float32
    assert (labels.sum(1) == 1).all() and set(labels.ravel()) <= {0, 1}
    assert n == 1 or classes == 1 or (labels != labels[0]).any()
    x = draw.uniform(50, low=2, high=3)
    assert x.dtype == np.float32 and (x >= 2).all() and (x <= 3).all()
    assert draw.normal(n, classes, mean=1e6, scale=0).tolist() == [[1e6] * classes] * n
    assert 0 < draw.seed() < 2**31


# how checks are declared


@pytest.mark.parametrize("text", [None, "", "\n   \n", "a sentence\nof two lines", "a\n  b\n\nc"])
def test_a_check_must_begin_with_a_sentence_of_one_line(text):
    def nameless(student, draw, oracle):
        return None

    nameless.__doc__ = text
    with pytest.raises(ValueError, match="docstring of nameless must begin with a sentence"):
        check("double")(nameless)


def test_a_check_knows_its_sentence_and_what_it_comes_after():
    @check("double", after=doubles, costs_points=False, about="the sign")
    def of_two(student, draw, oracle):
        """the sentence

        What maintainers read.
        """

    assert (of_two.sentence, of_two.id, of_two.after) == (
        "the sentence",
        "double.of_two",
        (doubles,),
    )
    assert of_two.about == "the sign" and not of_two.costs_points
    assert learns.after == (doubles, doubles_the_body)


def test_checks_are_found_in_the_order_they_stand_and_once():
    one, two = ModuleType("one"), ModuleType("two")
    vars(one).update(b=doubles, a=returns_a_tensor, x=1)
    other = raising(ValueError())
    vars(two).update(c=doubles, d=Family([other, doubles]), e=learns)
    assert checks_in(one, two) == [doubles, returns_a_tensor, other, learns]


# one check of several parts


def family(**kw) -> Family:
    """A check of two parts, that tells what differs between them."""

    @check({"body": "body", "forward": "forward pass"}, **kw)
    def of_each(student, draw, oracle, datum):
        """the {} is as asked

        What maintainers read of the {}.
        """
        return datum

    return of_each


def test_a_family_is_a_check_of_each_part_with_its_own_datum_and_sentence():
    each = family(about="widths", costs_points=False)
    assert [c.id for c in each] == ["body.of_each", "forward.of_each"]
    assert [c.sentence for c in each] == ["the body is as asked", "the forward pass is as asked"]
    assert {(c.about, c.costs_points) for c in each} == {("widths", False)}
    assert [v.note for v in run(ASSIGNMENT, each, None)] == ["body", "forward pass"]
    assert each.of("forward") is each[1] and len(set(each)) == 2
    with pytest.raises(ValueError, match="there is no of_each of double"):
        each.of("double")


def test_after_a_family_comes_the_check_of_the_same_part_alone():
    first = family()
    second = family(after=first)
    third = family(after=(first, (second, doubles)))
    assert [c.after for c in second] == [(first[0],), (first[1],)]
    assert [c.after for c in third] == [(first[i], second[i], doubles) for i in (0, 1)]
    failed = [Verdict(first[0], FAIL), Verdict(first[1], PASS)]
    assert [v.outcome for v in run(ASSIGNMENT, second, None, before=failed)] == [NOT_RUN, PASS]
    with pytest.raises(ValueError, match="there is no of_each of double"):

        @check("double", after=first)
        def alone_of_its_part(student, draw, oracle):
            """it is as asked"""


# points


def report(points: dict[str, float], *verdicts: tuple[str, Outcome, bool]) -> Report:
    """A report of verdicts (part, outcome, costs_points)."""
    found = [
        Verdict(asking(lambda *_: None, part, name=f"{i}", costs_points=costs), outcome)
        for i, (part, outcome, costs) in enumerate(verdicts)
    ]
    return Report(ASSIGNMENT, tuple(found), points)


@pytest.mark.parametrize("outcome", [FAIL, NOT_WRITTEN, NOT_RUN, FAULT])
def test_a_part_earns_its_points_whole_or_not_at_all(outcome):
    points = {"double": 2, "body": 0.5}
    whole = report(points, ("double", PASS, True), ("double", PASS, True), ("body", PASS, True))
    assert (whole.score, whole.max_score) == (2.5, 2.5)
    broken = report(points, ("double", PASS, True), ("double", outcome, True), ("body", PASS, True))
    assert (broken.score, broken.max_score, broken.earned("double")) == (0.5, 2.5, 0)
    assert broken.task_score(ASSIGNMENT.tasks[1]) == (0.5, 0.5)


def test_a_check_that_costs_no_points_is_never_scored():
    shown = ("double", FAIL, False)
    assert report({"double": 2}, ("double", PASS, True), shown).score == 2
    assert report({"double": 2}, ("double", PASS, False)).score == 0  # nothing there has earned it


def test_a_part_without_a_verdict_earns_nothing():
    assert report({"double": 2, "body": 1}, ("body", PASS, True)).score == 1


def test_a_report_can_be_cut_to_one_task():
    cut = report({}, ("double", PASS, True), ("body", FAIL, True), ("forward", PASS, True)).only(
        "net"
    )
    assert [v.check.part for v in cut.verdicts] == ["body", "forward"]


# names


@pytest.mark.parametrize(
    ("name", "there", "found"),
    [
        ("VAE", ["Vae", "Linear"], "Vae"),
        ("loss_function", ["loss_fn", "loss_functions", "forward"], "loss_functions"),
        ("reparametrize", ["reparameterize", "__name__"], "reparameterize"),
        ("VAE", ["Sequential", "hello"], ""),
        ("VAE", [], ""),
    ],
)
def test_the_nearest_name_is_found_whatever_its_case(name, there, found):
    assert nearest(name, there) == found
