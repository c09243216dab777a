"""`autograder similar`: a copy in disguise is found, what many wrote is not, nothing stops it."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny

from autograder import assignments, report, results
from autograder.__main__ import main
from autograder.grade import unusable
from autograder.intake import Handed
from autograder.kept import submitted
from autograder.similar import cache, command
from autograder.similar.fingerprints import WINDOW, Fingerprints, K, grams
from autograder.similar.pairs import ENOUGH, pairs
from autograder.similar.people import whose
from autograder.similar.tokens import bare, words
from nndl2.checks.model import Reason, Unusable

OURS = b'''
def double(x):
    """Ada Lovelace wrote this."""
    # by Ada
    stretched = torch.cat([x, x]).view(2, -1).sum(dim=0)
    for step in range(3):
        stretched = stretched + 0 * step
    return torch.where(stretched > 0, stretched, -stretched.abs()).reshape(x.shape)


def total(x):
    parts = [piece.mean() * len(piece) for piece in x.split(2) if len(piece)]
    return torch.stack(parts).cumsum(0)[-1].clone() + 0 * x.flatten()[0]
'''
THEIRS = b"""
def total(values):
    chunks = [
        c.mean() * len(c)
        for c in values.split(2)
        if len(c)
    ]
    return torch.stack(chunks).cumsum(0)[-1].clone() + 0 * values.flatten()[0]
def double(values):
    twice = torch.cat([values, values,]).view(2, -1).sum(dim=0)   # doubled
    for i in range(3): twice = twice + 0 * i
    return torch.where(twice > 0, twice, -twice.abs(),).reshape(values.shape)
"""


def alone(n: int) -> bytes:
    """A program of somebody who wrote their own."""
    verbs = ("exp", "log", "sin", "cos", "abs", "neg", "relu", "sign", "ceil", "floor")
    chosen = [verbs[(n * k) % 10] for k in range(1, 9)]
    lines = [f"    y{k} = x.{verb}({n}).{chosen[k - 4]}()" for k, verb in enumerate(chosen)]
    return "\n".join([f"def double{n}(x):", *lines, "    return y0", ""]).encode()


def test_a_copy_in_disguise_is_found_whole() -> None:
    ours, theirs = (Fingerprints.of(s, "a.py", grams(())) for s in (OURS, THEIRS))
    (found,) = pairs([ours, Fingerprints.of(alone(1), "a.py", grams(())), theirs], [0, 1, 2])
    assert found.programs == (0, 2) and found.alike > 0.8 and found.shared >= ENOUGH
    assert found.lines[0][0] < found.lines[0][1] and found.lines[1][0] < found.lines[1][1]


def test_equal_runs_of_words_leave_an_equal_fingerprint() -> None:
    run = [word for word, _ in words(OURS, "a.py")][: K + WINDOW - 1]
    around = (" ".join([before, *run, after]) for before, after in (("1 2 3", "4"), ("9", "8 7 6")))
    one, other = (Fingerprints.of(text.encode(), "a.py", grams(())) for text in around)
    assert set(one.hashes.tolist()) & set(other.hashes.tolist())


def test_what_was_given_out_is_in_no_fingerprint() -> None:
    known = grams([word for word, _ in words(OURS, "a.py")])
    assert len(Fingerprints.of(OURS, "a.py", known).hashes) == 0
    assert len(Fingerprints.of(OURS + alone(3), "a.py", known).hashes) > 0


@pytest.mark.parametrize(("alike", "people", "found"), [(5, 9, 10), (6, 9, 0), (6, 60, 15)])
def test_what_more_than_a_tenth_and_more_than_five_wrote_is_an_idiom(
    alike: int, people: int, found: int
) -> None:
    same = Fingerprints(np.arange(40, dtype=np.uint64), np.ones((40, 2), np.int32))
    own = [Fingerprints(same.hashes + np.uint64(100 * n), same.lines) for n in range(1, people)]
    assert len(pairs([same] * alike + own[: people - alike], range(people))) == found


def test_few_pieces_in_common_are_no_pair() -> None:
    lines = np.ones((ENOUGH - 1, 2), np.int32)
    few = Fingerprints(np.arange(ENOUGH - 1, dtype=np.uint64), lines)
    assert pairs([few, few], [0, 1]) == []
    assert pairs([], []) == []


@pytest.mark.parametrize(
    "source",
    [
        *(b"", b"\x00" * 999, b"(" * 9_000, b" \n" * 90_000, b"\xff\xfe'''", b"def f(:\n" * 999),
        *(b"'", b"x = '" + b"a" * 190_000, b"\t" * 190_000 + b"x", b"@\n" * 999, b"f'{" * 999),
    ],
    ids=lambda source: repr(source[:8]),
)
def test_a_hostile_file_is_read_like_any_other(source: bytes) -> None:
    made = Fingerprints.of(source, "a.py", grams(()))
    assert len(made.hashes) == len(made.lines) and bare(source) is not None


@pytest.mark.parametrize(
    ("source", "told"), [(b"#" * 5_000_000, "200 kB"), (b"x\n" * 30_000, "20,000 words")]
)
def test_a_huge_file_is_told_in_a_sentence(source: bytes, told: str) -> None:
    with pytest.raises(Unusable) as refused:
        Fingerprints.of(source, "a.py", grams(()))
    assert refused.value.sentence == f"a.py is longer than {told}, so it was not compared"


@pytest.mark.slow
@pytest.mark.parametrize("name", assignments.names())
def test_a_disguised_copy_stands_out_among_programs_of_an_assignment(name: str) -> None:
    private = assignments.load(name)
    some = [each.source for each in private.specimens() if each.right][:12]
    theirs = max(some, key=len)
    sources = [private.reference, *some, disguised(theirs)]
    prints = [Fingerprints.of(source, "a.py", grams(())) for source in sources]
    copy, found = len(sources) - 1, pairs(prints, range(len(prints)))
    best = next(pair for pair in found if copy in pair.programs)
    assert best.programs == (sources.index(theirs), copy) and best.alike > 0.7


def disguised(source: bytes) -> bytes:
    """The same program without comments, in other lines, its functions and names others."""
    tree = ast.parse(source)
    names = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)} - {"self"}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg in names:
            node.arg = f"{node.arg}_of_mine"
        if isinstance(node, ast.Name) and node.id in names:
            node.id = f"{node.id}_of_mine"
    kinds = (ast.FunctionDef, ast.ClassDef)
    moved = [node for node in tree.body if isinstance(node, kinds)]
    tree.body = [node for node in tree.body if not isinstance(node, kinds)] + moved[::-1]
    return ast.unparse(tree).replace("\n", "  # my own\n").encode()


# the command, and the page


@pytest.fixture
def hand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A graded class of these programs."""
    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())
    result = unusable(tiny.private(), Unusable("made up", Reason.MALFORMED))

    def made(**sources: bytes) -> Path:
        for student, source in sources.items():
            results.save(tmp_path / student, result)
            submitted.keep(tmp_path / student, Handed(student, "tiny.py", source=source))
        return tmp_path

    return made


def note(folder: Path, **told: object) -> None:
    """Have intake have noted more of a student."""
    path = folder / submitted.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **told}))


def test_the_table_names_the_pair_and_who_was_left_out(
    hand_in: Callable[..., Path], capsys: pytest.CaptureFixture
) -> None:
    folder = hand_in(ada=OURS, bob=alone(3), eve=THEIRS, hal=b"#" * 2_000_000)
    assert main(["similar", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "3 programs compared; 1 pair is worth a look" in told
    assert "hal: tiny.py is longer than 200 kB, so it was not compared" in told
    assert re.search(r"^ada +eve +\d+% +\d+-\d+ +\d+-\d+$", told, re.M)
    (pair,) = json.loads((folder / command.FILE).read_bytes())["pairs"]
    assert pair["students"] == ["ada", "eve"] and pair["shared"] <= min(pair["of"])


def test_one_program_of_more_people_than_an_idiom_has_is_told(
    hand_in: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    copies = {f"s{n}": OURS + b"# mine\n" * n for n in range(7)}
    folder = hand_in(**copies, gus=alone(1), ivy=alone(2))
    assert main(["similar", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "no pair is worth a look" in said
    assert "7 programs are one but for names and layout: s0, s1, s2, s3, s4, s5, s6" in said
    (alike,) = json.loads((folder / command.FILE).read_text())["same"]
    assert alike == sorted(copies)


def test_partners_and_one_person_s_two_folders_are_no_pair(hand_in: Callable[..., Path]) -> None:
    folder = hand_in(ada=OURS, bob=OURS, eve=THEIRS, hal=OURS, kim=THEIRS)
    note(folder / "ada", group=["", "bob"])
    note(folder / "eve", group=["Team 1"])
    note(folder / "hal", group=["Team 1"])
    note(folder / "kim", who={"email": "Bob@x.edu"})
    note(folder / "bob", who={"email": "bob@x.edu"})
    names = ["ada", "bob", "eve", "hal", "kim"]
    handed = [one for name in names if (one := submitted.kept(folder / name))]
    assert whose(handed) == [0, 0, 2, 2, 0]
    told = [{*p["students"]} for p in json.loads(command.compare(folder).as_json())["pairs"]]
    assert {"ada", "bob"} not in told and {"eve", "hal"} not in told and {"ada", "eve"} in told


def test_a_second_run_reads_only_what_is_new(
    hand_in: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_in(ada=OURS, eve=THEIRS)
    first = command.compare(folder)
    read: list[str] = []
    of = Fingerprints.of

    def seen(source: bytes, file: str, known: np.ndarray) -> Fingerprints:
        read.append(file)
        return of(source, file, known)

    monkeypatch.setattr(Fingerprints, "of", seen)
    assert command.compare(folder).pairs == first.pairs and read == []
    hand_in(new=alone(3))
    assert len(command.compare(folder).rows) == 3 and len(read) == 1
    (folder / cache.FILE).write_bytes(b"torn")
    assert command.compare(folder).pairs == first.pairs and len(read) == 4


def section(text: str) -> str:
    found = text.partition("Programs that are alike: worth a look")[2].partition("</section>")[0]
    return html.unescape(re.sub(r"<[^>]+>", "", found))


def test_the_page_shows_both_programs_and_only_as_they_were_compared(
    hand_in: Callable[..., Path],
) -> None:
    folder = hand_in(ada=OURS, bob=b"<b>" + alone(3), eve=THEIRS)
    report.write(folder)
    assert section((folder / report.PAGE).read_text("utf-8")) == ""
    command.compare(folder)
    report.write(folder)
    told = section((folder / report.PAGE).read_text("utf-8"))
    assert "ada and eve" in told and "stretched" in told and "twice" in told
    (pair,) = json.loads((folder / "report.json").read_text("utf-8"))["similar"]
    assert [side["student"] for side in pair["sides"]] == ["ada", "eve"]
    assert re.search(
        r"^similar,ada \(.+\),eve \(.+\),\d+%", (folder / "report.csv").read_text(), re.M
    )
    hand_in(eve=alone(4))
    report.write(folder)
    assert section((folder / report.PAGE).read_text("utf-8")) == ""


def test_an_anonymous_page_shows_code_alone(hand_in: Callable[..., Path]) -> None:
    named = OURS.replace(b"-1)", b"-1)  # Ada's own").replace(b"torch.cat", b"say('Ada').cat")
    folder = hand_in(ada=named, eve=named.replace(b"'Ada'", b'"Eve"'))
    command.compare(folder)
    report.write(folder, anonymous=True)
    assert "Ada's own" in section((folder / report.PAGE).read_text("utf-8"))
    told = section((folder / report.WITHOUT_NAMES).read_text("utf-8"))
    assert "student 1 and student 2" in told and "say('...').cat" in told
    assert not re.search("ada|eve|Lovelace", told, re.IGNORECASE)
    for name in ("report-anonymous.csv", "report-anonymous.json"):
        told = (folder / name).read_text("utf-8")
        assert "student 2" in told and not re.search(r"\b(ada|eve|Lovelace)\b", told, re.IGNORECASE)


def test_an_unfinished_text_gives_no_name_away() -> None:
    assert "Ada" not in "".join(bare(b'x = \'by Ada\ny = """Ada\nAda').values())


@pytest.mark.parametrize("text", ["", "[]", '{"pairs": 3}', '{"pairs": [3, {"students": []}]}'])
def test_a_file_of_pairs_that_makes_no_sense_shows_none(
    hand_in: Callable[..., Path], text: str
) -> None:
    folder = hand_in(ada=OURS)
    (folder / command.FILE).write_text(text)
    report.write(folder)
    assert section((folder / report.PAGE).read_text("utf-8")) == ""
