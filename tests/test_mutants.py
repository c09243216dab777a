"""Mutants of the reference: what is made, how it is judged, and what the command says of it."""

import pytest
import tiny

from autograder import assignments, mutants
from autograder.mutators import mutants as made_of
from nndl2.checks.model import Reason, Unusable

IDLE = tiny.RIGHT.replace(b"    return 2", b"    idle = 1\n    return 2")
KEPT = [
    ("mutmut assignment", "double", "idle = 1", "idle = None"),
    ("mutmut number", "double", "idle = 1", "idle = 2"),
    ("one_less", "double", "idle = 1", "idle = 0"),
]
LIST = {"nobody reads it": KEPT}
IMAGES = '''"""Text of 1 docstring."""
from torch import nn  # 2 comments

SIZE: "int" = 7


class Net(nn.Module):
    def forward(self, x, y):
        """Another 3."""
        print("said", 4)
        h = x**2 - self.act(nn.ReLU())
        return (h + y).sum()
'''


def keys(source):
    return {mutant.key for mutant in made_of(source)[0]}


@pytest.fixture
def kit(monkeypatch, tmp_path):
    """A kit that holds the tiny assignment alone, its reference as `reference` writes it."""

    def reference(source, known=LIST, parent=None):
        (tmp_path / "tiny.py").write_bytes(source)
        monkeypatch.setattr(mutants, "equivalents", lambda private: known)
        monkeypatch.setattr(mutants, "WarmParent", (parent or tiny.Parent()).opened)
        return ["tiny", "--jobs", "2"]

    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private(source=tmp_path))
    return reference


class TestMaking:
    def test_code_is_changed_and_no_text_annotation_or_print(self):
        found, left_out = made_of(IMAGES)
        assert {m.before for m in found} == {
            'SIZE: "int" = 7',
            "h = x**2 - self.act(nn.ReLU())",
            "return (h + y).sum()",
        }
        assert all(compile(m.source, "m", "exec") and m.source != IMAGES for m in found)
        assert len({m.source for m in found}) == len(found) and left_out.keys()

    @pytest.mark.parametrize(
        ("operator", "after"),
        [
            ("mutmut number", "h = x**3 - self.act(nn.ReLU())"),
            ("one_less", "h = x**1 - self.act(nn.ReLU())"),
            ("alike", "h = x**2 - self.act(nn.LeakyReLU())"),
            ("not_called", "h = x**2 - nn.ReLU()"),
            ("operand_dropped", "h = self.act(nn.ReLU())"),
            ("operands_swapped", "h = self.act(nn.ReLU()) - (x**2)"),
            ("in_place", "h = x.pow_(2) - self.act(nn.ReLU())"),
            ("detached", "h = (x**2 - self.act(nn.ReLU())).detach()"),
            ("variable_replaced", "h = y**2 - self.act(nn.ReLU())"),
            ("alike", "return (h + y).mean()"),
            ("in_place", "return (h.add_(y)).sum()"),
        ],
    )
    def test_an_operator_makes_what_its_sentence_says(self, operator, after):
        assert any((m.operator, m.after) == (operator, after) for m in made_of(IMAGES)[0])

    def test_other_operators_know_layers_and_calls(self):
        source = "def f(a, b):\n    c = g(a, b)\n    return nn.Linear(c, b)\n"
        found = {(m.operator, m.after) for m in made_of(source)[0]}
        assert ("neighbours_swapped", "c = g(b, a)") in found
        assert ("first_for_all", "c = g(a[:, :1], b)") in found
        assert ("without_bias", "return nn.Linear(c, b, bias=False)") in found
        assert not any(name == "first_for_all" and "Linear" in after for name, after in found)

    def test_a_mutant_keeps_its_key_when_lines_are_added_above(self):
        assert keys(IMAGES) == keys("\n# more\n" + IMAGES)


class TestJudging:
    def test_every_mutant_of_a_program_without_idle_code_is_caught(self, kit, capsys):
        assert mutants.main(kit(tiny.RIGHT, known={})) == 0
        out = capsys.readouterr().out
        rows = {line.rsplit(maxsplit=4)[0]: line.split()[-4:] for line in out.splitlines()[1:8]}
        made, caught, equivalent, survived = map(int, rows["all"])
        assert made == caught > 5 and equivalent == survived == 0

    def test_a_survivor_that_is_not_listed_is_shown_with_its_line(self, kit, capsys):
        assert mutants.main(kit(IDLE, known={"nobody reads it": KEPT[:2]})) == 1
        out = capsys.readouterr().out
        assert out.endswith("survived: one_less in double, line 2\n  - idle = 1\n  + idle = 0\n")

    def test_a_survivor_that_is_listed_is_counted_and_accepted(self, kit, capsys):
        assert mutants.main(kit(IDLE)) == 0
        out = capsys.readouterr().out
        (last,) = (line.split() for line in out.splitlines() if line.startswith("all "))
        assert last[3:] == ["3", "0"] and "survived:" not in out

    def test_a_listed_mutant_that_is_no_longer_made_is_named(self, kit, capsys):
        assert mutants.main(kit(tiny.RIGHT)) == 1
        assert capsys.readouterr().out.count("listed as equivalent, but not made: ") == 3
        assert mutants.main([*kit(tiny.RIGHT), "--only", "total"]) == 0

    def test_a_listed_mutant_that_is_caught_is_named_with_the_check(self, kit, capsys):
        key = ("mutmut number", "double", "return 2 * x", "return 3 * x")
        assert mutants.main(kit(IDLE, known={**LIST, "a wrong reason": [key]})) == 1
        assert "but double.doubles catches it: ('mutmut number'" in capsys.readouterr().out

    def test_a_mutant_that_the_machine_cannot_grade_counts_as_no_catch(self, kit, capsys):
        def before(source):
            if b"3 * x" in source:
                raise Unusable("no room", Reason.ENVIRONMENT)

        assert mutants.main(kit(IDLE, parent=tiny.Parent(before))) == 1
        out = capsys.readouterr().out
        assert "survived: mutmut number in double, line 3" in out and "held: no room" in out

    @pytest.mark.parametrize(
        ("source", "args", "say"),
        [
            (tiny.SQUARED, [], "mend the checks first, the reference 1 of 3 points"),
            (tiny.RIGHT, ["--only", "nowhere"], "no mutant holds 'nowhere'"),
            (tiny.RIGHT, ["--jobs", "0"], "--jobs takes a whole number above 0"),
        ],
    )
    def test_bad_input_is_refused_in_one_sentence(self, source, args, say, kit, capsys):
        assert mutants.main([*kit(source), *args]) == 2
        assert say in capsys.readouterr().err

    def test_what_is_given_is_left_out_where_solutions_are_marked(self, kit, capsys):
        marks = b"    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
        source = IDLE.replace(b"    return 2 * x\n", marks)
        assert marks in source
        assert mutants.main(kit(source, known={})) == 0
        out = capsys.readouterr().out
        assert "survived:" not in out and int(out.split("outside the solutions: ")[1]) > 3

    def test_an_assignment_without_a_list_has_no_equivalents(self):
        assert mutants.equivalents(tiny.private()) == {}


class TestTheReference:
    private = assignments.load("vae")

    @pytest.mark.slow
    @pytest.mark.parametrize("name", assignments.names())
    def test_each_listed_mutant_is_made_and_has_one_reason(self, name):
        private = assignments.load(name)
        known = mutants.equivalents(private)
        listed = [key for found in known.values() for key in found]
        assert listed and len(listed) == len(set(listed))
        assert set(listed) <= keys(private.reference.decode())

    @pytest.mark.slow
    def test_no_mutant_of_a_fifth_survives_but_those_listed(self, warm):
        """All of them take minutes: `make mutants`."""
        known = mutants.equivalents(self.private)
        findings = mutants.judge(self.private, known, warm, jobs=2, every=5)
        assert not findings.survivors and not findings.problems, findings.table()
        assert len(findings.became) > 100
