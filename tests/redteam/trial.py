"""One attack against the kit: graded as a class is, and all that it must not do looked for."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from tqdm import tqdm

from autograder import grade, intake, results
from autograder.isolation import Limits, WarmParent
from autograder.isolation.system import descendants
from autograder.results.graded import Graded, cleaned, summary
from autograder.training import Trainer
from autograder.verdicts.asking import LIMITS
from nndl2.checks.model import CheckError, Reason, Report, Status
from nndl2.checks.run import run
from redteam import pages
from redteam.attack import PRIVATE, PROMISED_BY, Attack
from redteam.canaries import Planted, our_lines
from redteam.footprint import Footprint
from redteam.watch import Watch, left_running, persisting

TRAINER = Trainer("never")
REACHING = ("network", "sockets", "abstract sockets")
HARM = "would do real harm here, and nothing is promised"


@dataclass
class Finding:
    """What came of one attack in one mode: the score, and a sentence for each thing that is wrong.

    The first word of a problem is its kind: forged, leaked, process, time, memory, file, text, ...
    """

    attack: Attack
    score: float = 0.0
    twin: float = 0.0
    skipped: str = ""
    problems: list[str] = field(default_factory=list)
    summary: str = ""
    seconds: float = 0.0

    def has(self, kind: str) -> bool:
        return any(problem.startswith(kind) for problem in self.problems)


class Mode:
    """One choice of walls, its warm parent, a victim, and the scores of the honest twins.

    An honest file deserves the same behind any walls, so it is graded once for all modes.
    """

    twins: ClassVar[dict[bytes, float]] = {}
    grading_twins: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, walls: Sequence[str], plant: Planted, out: Path):
        self.walls, self.plant, self.out = tuple(walls), plant, out
        self.numbers = itertools.count()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Mode]:
        """Start its processes, and look for what is left of them when they should be gone."""
        with WarmParent(walls=self.walls) as self.parent:
            self.meet_a_victim()
            try:
                yield self
            finally:
                self.victim.close()

    def meet_a_victim(self) -> None:
        """A submission with a canary that stays open while all others are graded."""
        before = set(descendants(self.parent.pid))
        source = f"HELD = '{self.plant.values['victim']}'\ndef ok():\n    return 1\n".encode()
        self.victim = self.parent.submission(source, "vae.py", limits=Limits(budget_seconds=1e9))
        self.victim.load()
        workers = [p for p in descendants(self.parent.pid) if p not in before]
        victim = workers[-1] if workers else 0
        self.targets = {**self.plant.names, "WARM": self.parent.pid, "VICTIM": victim}

    def all(self, attacks: Sequence[Attack], jobs: int = 2) -> list[Finding]:
        """A finding for each attack; those that ask for it are graded alone."""
        together = [a for a in attacks if not a.alone]
        alone = [a for a in attacks if a.alone]
        name = "+".join(self.walls) or "no wall"
        with (
            ThreadPoolExecutor(jobs) as pool,
            tqdm(total=len(attacks), desc=name, unit="file", leave=False) as bar,
        ):
            found = {}
            for finding in itertools.chain(pool.map(self.one, together), map(self.one, alone)):
                found[finding.attack.id] = finding
                bar.update()
        return [found[a.id] for a in attacks]

    def one(self, attack: Attack) -> Finding:
        """Hand `attack` in, grade it, and look at what it did."""
        finding = Finding(attack, twin=self.deserved(attack.twin))
        promised = attack.promised(self.parent.walls)
        if attack.deadly and not promised:
            return replace(finding, skipped=HARM)
        number = f"{next(self.numbers):04}"
        mark, place = self.plant.mark + number, self.out / number
        handed = self.handed(attack, mark, place)
        heard = len(self.plant.heard)
        limits = Limits(**{**vars(LIMITS), **attack.limits})
        start, watch = time.monotonic(), Watch(self.parent)
        with Footprint(self.parent.pid, "memory_bytes" in attack.limits) as footprint:
            if handed.wrong is not None:
                graded = grade.unusable(PRIVATE, handed.wrong)
            else:
                graded = self.grade(handed.source, watch, limits, handed.file)
        finding.seconds = time.monotonic() - start
        finding.score, finding.summary = graded.report.score, summary
        folder = place / "graded" / handed.student
        results.save(folder, graded)
        finding.problems = [
            *scored(finding, graded),
            *watch.late(limits, finding.seconds),
            *(footprint.over(limits) if promised else ()),
            *pages.of_a_result(folder, lambda: self.spelled_in_public(handed, limits)),
            *pages.of_a_class(folder.parent),
            *self.leaks(folder, watch.log, promised),
            *(f"leaked: reached {x}" for x in self.reached(attack, promised, heard)),
            *self.files(attack, mark),
            *left_running(mark),
        ]
        return finding

    def grade(
        self, source: bytes, watch: Watch, limits: Limits | None = None, file: str = "vae.py"
    ) -> Graded:
        """Grade one file as the kit does, with `watch` in the place of the warm parent."""
        parent: WarmParent = watch  # type: ignore[assignment]  # it hands on whatever is asked
        secret = self.plant.values["secret"].encode()
        return grade.grade_one(
            PRIVATE, source, parent, secret, TRAINER, file=file, limits=limits or Limits()
        )

    def spelled_in_public(self, handed: intake.Handed, limits: Limits) -> set[str]:
        """The notebook's inputs that a program spells out; feedback may repeat them."""
        with self.parent.submission(handed.source, handed.file, limits=limits) as student:
            student.load()
            verdicts = run(PRIVATE.public, PRIVATE.checks, student, oracle=PRIVATE.oracle)
        report = Report(PRIVATE.public, tuple(map(cleaned, verdicts)), PRIVATE.points)
        return pages.spelled(results.gradescope(Graded(report, Status.GRADED))["tests"])

    def deserved(self, honest: bytes) -> float:
        """The score of an honest file, graded when it is first asked for."""
        with self.grading_twins:
            if honest not in self.twins:
                self.twins[honest] = self.grade(honest, Watch(self.parent)).report.score
            return self.twins[honest]

    def handed(self, attack: Attack, mark: str, place: Path) -> intake.Handed:
        """The attack as intake finds it in a folder of the class."""
        folder = place / "handed" / (attack.student or mark)
        folder.mkdir(parents=True)
        if attack.file:
            source = attack.source({**self.targets, "MARK": mark})
            (folder / attack.file).write_bytes(source)
        for name, target in attack.links.items():
            (folder / name).symlink_to(str(self.targets[target]))
        for name, content in attack.beside.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return intake.handed(folder, intake.wanted(PRIVATE))

    def leaks(self, folder: Path, log: str, promised: bool) -> Iterator[str]:
        """Canaries in what is written and printed, and what an attack says it could do.

        What is no file (environment, memory) leaks in no mode.
        """
        kinds = self.plant.values if promised else ("env", "victim")
        written = "".join(p.read_text("utf-8", "replace") for p in folder.iterdir() if p.is_file())
        for where, text in (("the results", written), ("what it printed", log)):
            for value in self.plant.leaked(text, kinds):
                yield f"leaked: {value} in {where}"
            if promised and any(line in text for line in our_lines()):
                yield f"leaked: a hidden file of the kit in {where}"
        said = (line for line in log.splitlines() if "BREACH" in line and promised)
        yield from (f"leaked: it says {line!r}" for line in said)

    def reached(self, attack: Attack, promised: bool, heard: int) -> Sequence[str]:
        """The listeners that an attack on the network has reached."""
        return self.plant.heard[heard:] if promised and attack.needs in REACHING else ()

    def files(self, attack: Attack, mark: str) -> list[str]:
        """Files that were changed or left; put back and removed."""
        changed = [f"file: {name} was changed" for name in self.plant.changed()]
        left = [f"file: {name} was left" for name in self.plant.left(mark)]
        promised = not attack.needs or bool(self.parent.walls & PROMISED_BY["files"])
        return changed + left if promised else []

    def aftermath(self) -> Iterator[str]:
        """What the attacks have done to others: a right program, an open one, the process table."""
        after = self.grade(Attack("", "", base="right").twin, Watch(self.parent))
        if after.report.score != after.report.max_score:
            yield f"afterwards an honest submission gets: {after.summary}"
        if self.targets["WARM"] == self.parent.pid:  # else all of its workers went with it
            yield from self.hurt_victim()
        self.victim.close()
        left = persisting(lambda: descendants(self.parent.pid))
        yield from (f"process {pid} is left" for pid in left)

    def hurt_victim(self) -> Iterator[str]:
        """Whether the submission that was open all the time answers no more."""
        try:
            answer = self.victim.call("ok")
        except CheckError as e:
            yield f"another submission was hurt: {e}"
        else:
            if answer != 1:
                yield f"another submission answers {answer}"


def scored(finding: Finding, graded: Graded) -> Iterator[str]:
    """Forged is what is above the honest twin; below it stands what the manifest says.

    A check of ours that broke is a way to make work for people.
    """
    attack, score, twin = finding.attack, finding.score, finding.twin
    want = twin if attack.score is None else attack.score
    if score > twin:
        yield f"forged: {score:g} points, its honest twin has {twin:g}"
    elif score != want and graded.reason is not Reason.ENVIRONMENT:
        yield f"score: {score:g} points, its manifest says {want:g}: {summary}"
    if graded.status is Status.HELD and graded.reason is Reason.NONE:
        yield f"held: {summary}"
