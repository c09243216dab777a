"""What a student sees of the real assignment: `check(...)` in a notebook and in a terminal."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from nndl2.checks import CheckFailed, check, looks, show, words
from nndl2.checks.__main__ import main
from nndl2.checks.names import assignments
from nndl2.checks.show import stored
from nndl2.notebooks.saved import follow

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "source" / "vae" / "vae.py").read_text(encoding="utf-8")
STUB = (ROOT / "release" / "vae" / "vae.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a release has it: the checks of one assignment."""
    monkeypatch.setattr(show, "assignments", lambda: {"vae": assignments()["vae"]})


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The folder of a notebook, in which a student saves vae.py."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(folder: Path, *edits: tuple[str, str], source: str = REFERENCE) -> None:
    """Save vae.py with each old text replaced, once, by the new one."""
    for old, new in edits:
        assert old in source
        source = source.replace(old, new, 1)
    (folder / "vae.py").write_text(source, encoding="utf-8")


def said(capsys, task: str | None = None) -> str:
    """What check(task) prints where it fails, and the line below it."""
    with pytest.raises(CheckFailed) as raised:
        check(task)
    return f"{capsys.readouterr().out}{raised.value}"


# check


def test_the_file_is_read_as_it_is_saved_at_each_check(folder, capsys):
    save(folder, source=STUB)
    assert "o Loss (0 of 1)  loss_function is not written yet" in said(capsys, "loss")
    save(folder)
    check("loss")
    assert "v Loss (1 of 1)  shape, the notebook's example, averages, " in capsys.readouterr().out
    save(folder, ("loss = (reconstruction + kl)", "loss = 2.5 * (reconstruction + kl)"))
    wrong = said(capsys, "loss")
    assert "the loss is 2.5 times what it should be." in wrong
    assert wrong.endswith("\nThe card above says what is not right yet.")
    save(folder)
    check("loss")


def test_it_says_that_the_grader_asks_with_other_numbers(folder, capsys):
    save(folder)
    check("loss")
    assert "The grader asks the same with other numbers." in capsys.readouterr().out


def test_what_cannot_be_run_here_is_shown_and_does_not_fail(folder, capsys):
    save(folder)
    check("train")
    text = capsys.readouterr().out
    note = "not run: it looks at 10 epochs of training in this notebook; there are 0"
    assert f"- Train VAE   {note}\n- Train CVAE  the same as Train VAE\n" in text
    check()
    text = capsys.readouterr().out
    assert text.count(": as asked\n") == 10 and "not right yet" not in text


def test_the_stub_is_a_line_a_task_and_the_line_below_it_is_calm(folder, capsys):
    save(folder, source=STUB)
    text = said(capsys)
    assert text.endswith("\nThe card above says what is not written yet.")
    rows = text.partition("\n\n")[0].splitlines()
    assert len(rows) == 6 + 2 and {row[0] for row in rows} == {"o", "-"}  # and two trainings


def test_a_failed_check_is_one_line_in_a_notebook():
    assert CheckFailed("not right yet")._render_traceback_() == ["not right yet"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"task": "los"},
            "there is no task 'los' to check; the tasks are 'encoder', 'decoder', 'reparametrize', "
            "'forward', 'loss', 'cvae' and 'train'",
        ),
        ({"assignment": "gan"}, "there is no assignment 'gan'; the only one is vae"),
    ],
)
def test_what_there_is_to_check_is_named_where_a_name_is_unknown(folder, asked, sentence):
    with pytest.raises(ValueError) as raised:
        check(**asked)
    assert str(raised.value) == sentence
    assert raised.value._render_traceback_() == [sentence]  # type: ignore[attr-defined]  # Unknown


def test_a_file_that_is_not_there_is_said_once(folder, capsys):
    text = said(capsys)
    assert "No such file" in text
    assert text.count("not run: vae.py cannot be read here") == 1
    assert "Traceback" not in text and "None" not in text


def test_a_file_that_is_no_python_is_said_once_with_its_line(folder, capsys):
    save(folder, ("import torch\n", "import torch\n%matplotlib inline\n"))
    line = REFERENCE[: REFERENCE.index("import torch\n")].count("\n") + 2
    text = said(capsys)
    sentence = f"not run: line {line} of vae.py is a notebook command; delete it"
    assert text.startswith(f"- All parts (0 of 12)  {sentence}\n\n")
    assert "Encoder" not in text and text.count(sentence) == 1


# numbers that did not come with the checks


@pytest.fixture
def stale(monkeypatch) -> int:
    """A table of another edition: of the loss, two checks ask what it does not hold."""
    table = stored(assignments()["vae"])
    asked = [c for c in table["answers"] if c.startswith("loss.")][:2]
    kept = {c: rows for c, rows in table["answers"].items() if c not in asked}
    monkeypatch.setattr(show, "stored", lambda subject: table | {"answers": kept})
    return len(asked)


def test_what_cannot_be_asked_is_counted_and_check_does_not_end_well(folder, capsys, stale):
    save(folder)
    text = said(capsys, "loss")
    told = f"{stale} checks were not run, since the numbers did not come with the notebook"
    assert text.count(told) == 2 and text.endswith(f"{told}: tell the staff.")  # card and line
    assert "x Loss" not in text and "not right yet" not in text
    assert "v Loss" not in text and text.startswith("- Loss (0 of 1)  not run: the numbers for")


def test_the_terminal_says_so_too(folder, monkeypatch, capsys, stale):
    save(folder)
    monkeypatch.setattr(sys, "argv", ["checks", "vae.py"])
    assert main() == 1
    assert capsys.readouterr().out.endswith("did not come with the notebook: tell the staff.\n")


# what a student reads of typical errors


FORWARD = "x Forward (0 of 1)  forward returns x_hat, mu and logvar in the asked shapes"
SAMPLE = "x Reparametrize (0 of 2)  the sample has the shape (N, Z) of mu, also for N other than 1"
NO_CUDA = "raise AssertionError('Torch not compiled with CUDA enabled')"
TYPICAL = [  # task, a line of the reference, what stands in its place, what the student reads
    (
        "forward",
        "hidden = self.encoder(x)  # (N, H_d)",
        "hidden = self.encoder(x, 1)",
        [
            FORWARD,
            "VAE.forward raised TypeError: Sequential.forward() takes 2 positional arguments but 3 "
            "were given.",
            "vae.py, line {}: hidden = self.encoder(x, 1)",
        ],
    ),
    (
        "forward",
        "outputs = (x_hat, mu, logvar)",
        'outputs = "x_hat"',
        [
            FORWARD,
            "expected three tensors: x_hat, mu, logvar   got str",
            "return the three tensors as a tuple.",
        ],
    ),
    (
        "forward",
        "outputs = (x_hat, mu, logvar)",
        "outputs = (x_hat, mu)",
        [
            FORWARD,
            "expected three tensors: x_hat, mu, logvar   got a tuple of 2",
            "forward returns less than the three tensors.",
            "Hint: The loss needs mu and logvar as well as x_hat.",
        ],
    ),
    (
        "forward",
        "outputs = (x_hat, mu, logvar)",
        "outputs = (x_hat, (mu, logvar))",
        [
            FORWARD,
            "expected three tensors: x_hat, mu, logvar   got a tuple of 2",
            "return the three tensors side by side, with no tuple inside the tuple.",
        ],
    ),
    (
        "forward",
        "return outputs",
        "yield outputs",
        [
            FORWARD,
            "expected three tensors: x_hat, mu, logvar   got generator",
            "write return instead of yield.",
        ],
    ),
    (
        "forward",
        "outputs = (x_hat, mu, logvar)",
        "outputs = (mu, logvar, x_hat)",
        [
            FORWARD,
            "expected x_hat, mu, logvar   got another order",
            "The three tensors come back in another order.",
            "Hint: Compare what you return with the docstring.",
        ],
    ),
    (
        "reparametrize",
        "sigma = torch.exp(0.5 * logvar)  # (N, Z)",
        "sigma = torch.exp(0.5 * log_var)",
        [
            SAMPLE,
            "reparametrize raised NameError: name 'log_var' is not defined.",
            "vae.py, line {}: sigma = torch.exp(0.5 * log_var)",
        ],
    ),
    (
        "reparametrize",
        "sigma = torch.exp(0.5 * logvar)  # (N, Z)",
        "return reparametrize(mu, logvar)",
        [
            SAMPLE,
            "reparametrize raised RecursionError: it calls itself without end.",
            "vae.py, line {}: return reparametrize(mu, logvar)",
        ],
    ),
    (
        "reparametrize",
        "sigma = torch.exp(0.5 * logvar)  # (N, Z)",
        NO_CUDA,
        [
            SAMPLE,
            "reparametrize raised AssertionError: a GPU is hard-coded; use the device of the input "
            "(x.device), or none where there is no input.",
            f"vae.py, line {{}}: {NO_CUDA}",
        ],
    ),
]


@pytest.mark.parametrize(("task", "old", "new", "lines"), TYPICAL)
def test_an_error_reads_like_this(folder, capsys, task, old, new, lines):
    save(folder, (old, new))
    text, _, below = said(capsys, task).partition(f"\n\n{words.ALSO} ")
    first, *rest = [line.format(saved_line(folder, new)) for line in lines]
    assert text.splitlines() == [first, *(f"    {line}" for line in rest)]
    assert below.endswith("\nThe card above says what is not right yet.")


def saved_line(folder: Path, text: str) -> int:
    """The number of the line of vae.py that reads `text`."""
    lines = (folder / "vae.py").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines].index(text) + 1


def test_shapes_that_do_not_fit_inside_the_encoder_are_told_with_the_count(folder, capsys):
    save(folder, ("nn.Linear(hidden_dim, hidden_dim),", "nn.Linear(hidden_dim + 1, hidden_dim),"))
    text = said(capsys, "encoder")
    assert "expected 459,200   got 459,600" in text
    assert "the number of parameters in the encoder differs." in text


def test_a_count_is_explained_by_the_table_that_ships_with_the_checks(folder, capsys):
    save(folder, ("            nn.ReLU(),\n            nn.Linear(hidden_dim, hidden_dim),\n", ""))
    text = said(capsys, "encoder")
    assert "got 625 -> 400 -> 400 (1 hidden layer)" in text
    assert "    A hidden layer is missing.\n    Hint: Count the linear layers" in text


def test_a_class_that_cannot_be_built_is_explained_once(folder, capsys):
    line = "self.mu_layer = nn.Linear(hidden, latent_size)"
    save(folder, ("self.mu_layer = nn.Linear(hidden_dim, latent_size)", line))
    text = said(capsys)
    sentence = (
        "not run: needs VAE(...) to be built first "
        "(VAE.__init__ raised NameError: name 'hidden' is not defined)\n"
        f"    vae.py, line {saved_line(folder, line)}: {line}\n"
    )
    assert text.count(sentence) == 1
    assert [t for t in text.splitlines() if t.endswith("the same as Encoder")] == [
        "- mu layer (0 of 1)       the same as Encoder",
        "- logvar layer (0 of 1)   the same as Encoder",
        "- Decoder (0 of 1)        the same as Encoder",
        "- Forward (0 of 1)        the same as Encoder",
    ]
    assert "v CVAE encoder (1 of 1)" in text  # the other class is judged on its own


# in a notebook


@pytest.fixture
def shell(folder, monkeypatch) -> Iterator[InteractiveShell]:
    """A notebook's IPython, without its history file."""
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.setattr("IPython.core.history.HistoryManager.enabled", False)
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()
    sys.modules.pop("vae", None)  # which a cell may have taken afresh


def test_a_notebook_shows_the_card_and_one_line(shell, folder):
    save(folder, source=STUB)
    with capture_output() as shown:
        result = shell.run_cell("from nndl2.checks import check; check('loss')")
    assert isinstance(result.error_in_exec, CheckFailed)
    (output,) = shown.outputs
    assert "loss_function is not written yet" in output.data["text/html"]
    assert "loss_function is not written yet" in output.data["text/plain"]
    assert shown.stdout == "The card above says what is not written yet.\n"
    assert shown.stderr == ""


@pytest.fixture
def session(monkeypatch) -> None:
    """One in which nothing was looked at yet."""
    for remembered in ("_earned", "_digests", "_shown"):
        monkeypatch.setattr(looks, remembered, {})


@pytest.mark.usefixtures("session")
def test_a_card_asks_whether_the_file_was_saved_and_tells_when_it_is_old(shell, folder):
    save(folder, source=STUB)
    follow(folder / "vae.py")
    with capture_output() as shown:
        for _ in range(2):
            shell.run_cell("from nndl2.checks import check; check('loss')")
    first, second = (output.data["text/html"] for output in shown.outputs)
    assert "did you save" not in first and "vae.py has not changed since this cell" in second
    assert "vae.py as saved at" in second and "Loss: 0 of 1; 0 of 12 points so far." in second
    save(folder)
    with capture_output() as shown:
        shell.run_cell("1 + 1;")
    (old,) = (output.data["text/html"] for output in shown.outputs)
    assert "vae.py has changed since: run this cell again" in old and "did you save" not in old
    save(folder, source=STUB)
    with capture_output() as shown:
        shell.run_cell("1 + 1;")
    (back,) = (output.data["text/html"] for output in shown.outputs)
    assert "vae.py as saved at" in back


@pytest.mark.usefixtures("session")
def test_the_points_of_what_was_checked_before_count_so_far(folder, capsys):
    save(folder)
    check("loss")
    assert "Loss: 1 of 1; 1 of 12 points so far." in capsys.readouterr().out
    check("encoder")
    assert "Encoder: 4 of 4; 5 of 12 points so far." in capsys.readouterr().out


def test_a_notebook_shows_an_unknown_task_as_one_sentence(shell):
    with capture_output() as shown:
        shell.run_cell("from nndl2.checks import check; check('los')")
    assert shown.outputs == [] and len(shown.stdout.splitlines()) == 1
    assert shown.stdout.startswith("there is no task 'los' to check; the tasks are 'encoder', ")


# in a terminal


@pytest.mark.parametrize(
    ("source", "code"), [(REFERENCE, 0), (STUB, 1), ("x = (\n", 1)], ids=["right", "stub", "torn"]
)
def test_the_command_exits_with_0_when_all_that_could_run_passed(
    folder, monkeypatch, capsys, source, code
):
    save(folder, source=source)
    monkeypatch.setattr(sys, "argv", ["checks", "vae.py"])
    assert main() == code
    text = capsys.readouterr().out
    assert text.endswith(f"\n\n{words.ALSO}\n") and "\x1b" not in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.py"], "there is no file nowhere.py; name the one you work on, "),
        (["vae.py", "--assignment", "gan"], "invalid choice: 'gan'"),
        (["vae.ipynb"], "vae.ipynb is a notebook; name the module that it imports, vae.py"),
        (["nndl2"], "nndl2 is a folder; name the file in it that you work on, vae.py"),
        (["vae.py", "los"], "there is no task 'los'; the tasks are encoder, decoder, "),
    ],
)
def test_bad_input_to_the_command_is_one_sentence_and_exit_2(arguments, sentence):
    command = [sys.executable, "-m", "nndl2.checks", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "release" / "vae")
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


def test_tasks_can_be_named_with_the_file_or_without(folder, monkeypatch, capsys):
    save(folder)
    for asked in (["vae.py", "loss", "encoder"], ["loss", "encoder"]):
        monkeypatch.setattr(sys, "argv", ["checks", *asked])
        assert main() == 0
        rows = capsys.readouterr().out.partition("\n\n")[0].splitlines()
        assert [row.split(" (")[0] for row in rows] == [
            *("v Encoder", "v mu layer", "v logvar layer"),
            "v Loss",
        ]


@pytest.mark.slow
def test_a_file_that_loops_while_it_loads_is_ended_with_its_line(folder):
    (folder / "vae.py").write_text("import torch\n\nwhile True:\n    pass\n", encoding="utf-8")
    program = (
        "import sys; from nndl2.checks import patience; patience.loading.__wrapped__.__defaults__ ="
        " (2.0,); from nndl2.checks.__main__ import main; sys.exit(main())"
    )
    command, env = (
        [sys.executable, "-c", program, "vae.py"],
        {**os.environ, "PYTHONPATH": str(ROOT)},
    )
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env)
    assert done.returncode == 1 and not done.stderr
    assert re.fullmatch(
        r"vae\.py was still loading after 2 s at line [34]; what takes long belongs into a function"
        r' or under `if __name__ == "__main__":`\n',
        done.stdout,
    )


def test_without_torch_the_command_says_what_to_install(folder, monkeypatch, capsys):
    save(folder)
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda n: None if n == "torch" else find(n))
    monkeypatch.setattr(sys, "argv", ["checks", "vae.py"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err.splitlines()[-1].endswith("python -m pip install torch torchvision")
    )


def test_without_a_file_the_module_of_the_folder_is_checked(folder, monkeypatch, capsys):
    save(folder)
    monkeypatch.setattr(sys, "argv", ["checks"])
    assert main() == 0 and "v Loss (1 of 1)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("there", "arguments", "sentence"),
    [
        ([], [], "there is no file gan.py or vae.py; name the one you work on, gan.py or vae.py"),
        (["vae.py"], ["gan.py"], "there is no file gan.py; name the one you work on, gan.py"),
        (["vae.py", "gan.py"], [], "several modules here; name the one you work on, gan.py or"),
        (["x.py"], ["x.py"], "say with --assignment what x.py is for: gan, vae"),
        (["vae.py"], [], ""),
        (["vae.py", "gan.py"], ["vae.py"], ""),
        (["x.py", "gan.py"], ["x.py", "--assignment", "vae"], ""),
    ],
)
def test_where_several_are_known_the_module_s_name_decides(
    there, arguments, sentence, folder, monkeypatch, capsys
):
    vae = assignments()["vae"]
    known = {"gan": replace(vae, name="gan", module="gan.py"), "vae": vae}
    monkeypatch.setattr("nndl2.checks.__main__.assignments", lambda: known)
    monkeypatch.setattr(sys, "argv", ["checks", *arguments])
    for name in there:
        (folder / name).write_text("x = (\n")
    if sentence:
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2 and sentence in capsys.readouterr().err.splitlines()[-1]
    else:
        assert main() == 1 and "0 of 12" in capsys.readouterr().out
