"""Are the checks sharp? Mutants of the reference are graded, and none may get full marks.

python -m autograder.mutants vae --jobs 2           the table, then each mutant that survives
python -m autograder.mutants vae --only reparam     those that hold a text, for a quick trial
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tqdm import tqdm

from autograder import assignments
from autograder.assignments import Private
from autograder.assignments.edits import REGION
from autograder.grade import grade_one
from autograder.intake import BadInput, chosen
from autograder.isolation import WarmParent, interruptible
from autograder.results.graded import Graded
from autograder.training import Trainer
from autograder.verify import SECRET, full_marks
from nndl2.checks.model import Status, Unusable

if TYPE_CHECKING:
    from autograder.mutators import Mutant

Key: TypeAlias = tuple[str, str, str, str]
Equivalent: TypeAlias = Mapping[str, Sequence[Key]]  # reason: Mutant.key of each that it holds for
COLUMNS = ("caught", "equivalent", "survived")
CAUGHT, EQUIVALENT, SURVIVED = COLUMNS
NO_PROBLEMS, PROBLEMS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


@dataclass
class Findings:
    """What became of each mutant, and what about the list of equivalent ones is not so."""

    left_out: Mapping[str, int]
    became: dict[Mutant, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def survivors(self) -> list[Mutant]:
        found = (mutant for mutant, fate in self.became.items() if fate == SURVIVED)
        return sorted(found, key=lambda mutant: mutant.line)

    def table(self) -> str:
        """A row an operator: how many mutants it made and what became of them."""
        count = Counter((mutant.operator, fate) for mutant, fate in self.became.items())
        operators = sorted({mutant.operator for mutant in self.became})
        rows = [(name, [count[name, fate] for fate in COLUMNS]) for name in operators]
        rows.append(("all", [sum(column) for column in zip(*(counts for _, counts in rows))]))
        lines = [f"{'operator':24}" + "".join(f"{name:>12}" for name in ("made", *COLUMNS))]
        for name, counts in rows:
            lines.append(f"{name:24}" + "".join(f"{n:12}" for n in (sum(counts), *counts)))
        return "\n".join([*lines, *(f"left out, {why}: {n}" for why, n in self.left_out.items())])


def equivalents(private: Private) -> Equivalent:
    """The assignment's list of mutants that do what the reference does, by the reason why."""
    name = f"{assignments.__name__}.{private.public.name}"
    if importlib.util.find_spec(name) is None or not importlib.util.find_spec(f"{name}.equivalent"):
        return {}
    return importlib.import_module(f"{name}.equivalent").EQUIVALENT


def in_solutions(reference: str) -> set[int]:
    """The numbers of the lines that a student writes; none where no solution is marked."""
    found: set[int] = set()
    for region in REGION.finditer(reference):
        first = reference.count("\n", 0, region.start()) + 1
        found |= {*range(first, first + region[0].count("\n"))}
    return found


def judge(
    private: Private,
    known: Equivalent,
    parent: WarmParent,
    jobs: int = 1,
    only: str = "",
    every: int = 1,
) -> Findings:
    """Grade the mutants of the reference's solutions, all or those that hold the text `only`.

    Of these it takes each `every`-th, which still is some of every operator. BadInput when the
    reference itself does not get full marks.
    """
    from autograder.mutators import mutants

    trainer = Trainer("never")
    scored = replace(private, shipped=())  # no point depends on what the notebook asks

    def grade(source: str) -> Graded:
        return grade_one(scored, source.encode(), parent, SECRET, trainer)

    reference = private.reference.decode()
    if wrong := full_marks(grade(reference)):
        raise BadInput(f"mend the checks first, the reference {wrong[0]}")
    listed = {key for keys in known.values() for key in keys}
    made, left_out = mutants(reference)
    written = in_solutions(reference)
    given = [mutant for mutant in made if written and mutant.line not in written]
    made = [mutant for mutant in made if mutant not in given]
    findings = Findings({**left_out, "outside the solutions": len(given)})
    if not only:
        stale = listed - {mutant.key for mutant in made}
        findings.problems += [f"listed as equivalent, but not made: {key}" for key in sorted(stale)]
    todo = [mutant for mutant in made if only in " | ".join(mutant.key)][::every]
    if not todo:
        raise BadInput(f"no mutant holds {only!r}")
    pool = ThreadPoolExecutor(jobs)
    try:
        running = {pool.submit(grade, mutant.source): mutant for mutant in todo}
        for done in tqdm(as_completed(running), total=len(running), desc="mutants", unit="mutant"):
            _note(findings, running[done], done.result(), listed)
    finally:
        pool.shutdown(cancel_futures=True)
    return findings


def _note(findings: Findings, mutant: Mutant, graded: Graded, listed: set[Key]) -> None:
    caught = graded.status is not Status.HELD and graded.report.score < graded.report.max_score
    if mutant.key not in listed:
        findings.became[mutant] = CAUGHT if caught else SURVIVED
    elif caught:
        findings.became[mutant] = CAUGHT
        lost = next(v.check.id for v in graded.report.verdicts if not v.passed)
        findings.problems.append(f"listed as equivalent, but {lost} catches it: {mutant.key}")
    else:
        findings.became[mutant] = EQUIVALENT
    if graded.status is Status.HELD:
        findings.problems.append(f"{graded.summary}: {mutant.key}")


def run(given: argparse.Namespace) -> int:
    """Mutate the reference, grade the mutants and print those that get full marks."""
    private = chosen(given.assignment)
    if given.jobs < 1:
        raise BadInput("--jobs takes a whole number above 0")
    if importlib.util.find_spec("mutmut") is None:
        raise BadInput("mutmut makes the mutants; install it with: pip install -e '.[dev]'")
    with WarmParent() as parent:
        findings = judge(private, equivalents(private), parent, given.jobs, given.only)
    print(findings.table())
    for mutant in findings.survivors:
        print(f"\nsurvived: {mutant.operator} in {mutant.scope}, line {mutant.line}")
        print(f"  - {mutant.before}\n  + {mutant.after}")
    for problem in findings.problems:
        print(f"\n{problem}")
    return PROBLEMS if findings.survivors or findings.problems else NO_PROBLEMS


def add_arguments(to: argparse.ArgumentParser) -> None:
    """What the command takes."""
    to.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as vae")
    to.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="at a time")
    to.add_argument(
        "--only", default="", metavar="TEXT", help="mutants whose operator, place or line holds it"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """The command on its own; 1 when a mutant survives that is not listed, or the list is wrong."""
    parser = argparse.ArgumentParser(
        "autograder.mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except BadInput as e:
        sentence = str(e)
    except Unusable as e:
        sentence = e.sentence
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    print(f"autograder.mutants: {sentence}", file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(interruptible(main, INTERRUPTED))
