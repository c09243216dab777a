"""An attack: a hostile edit of an honest file, whose score it must not change for the better."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from textwrap import dedent

from autograder import release
from autograder.assignments import load

PRIVATE = load("vae")
REGION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION\n", re.M | re.S)
REPARAMETRIZE, LOSS = 7, 8  # the solution regions of vae.py that a half-solved file has
WRONG = [
    ("0.5 * logvar)  # (N, Z)", "logvar)  # (N, Z)"),
    ("(reconstruction + kl) / len(x)", "reconstruction + kl"),
    ("nn.Linear(hidden_dim, latent_size)", "nn.Linear(hidden_dim, latent_size, bias=False)"),
    ("outputs = (x_hat, mu, logvar)", "outputs = (x_hat, logvar, mu)"),
]
DEAF = [  # no gradient arrives where one is asked for
    ("hidden = self.encoder(x)  #", "hidden = self.encoder(x).detach()  #"),
    (
        "torch.cat([pixels, c], dim=1))  # (N, D + C) -> (N, H_d)",
        "torch.cat([pixels, c], dim=1)).detach()",
    ),
    ("z = mu + sigma * epsilon", "z = (mu + sigma * epsilon).detach()"),
    ("loss = (reconstruction + kl) / len(x)", "loss = ((reconstruction + kl) / len(x)).detach()"),
]
SHORT = {"load_seconds": 3.0, "question_seconds": 1.0, "budget_seconds": 3.0}
MEMORY = 256 << 20
FILE_BYTES = 4 << 20
WALLS = ("bubblewrap", "uid", "landlock", "seccomp")
PROMISED_BY: Mapping[str, frozenset[str]] = {  # any one of the walls named holds it
    "files": frozenset({"bubblewrap", "uid", "landlock"}),
    "grader": frozenset({"bubblewrap", "uid", "landlock"}),  # signals to it
    "others": frozenset({"uid", "landlock"}),  # signals to, and rights over, the kit's processes
    "rights": frozenset({"uid", "seccomp"}),  # to their limits and priorities, and to higher ones
    "open files": frozenset({"bubblewrap", "landlock"}),  # that every user may read
    "memory files": frozenset({"seccomp"}),  # counted as files, so only roughly in time
    "network": frozenset({"bubblewrap", "seccomp"}),
    "sockets": frozenset({"bubblewrap", "uid", "seccomp"}),
    "abstract sockets": frozenset({"bubblewrap", "landlock", "seccomp"}),
}


@dataclass(frozen=True)
class Attack:
    """One hostile submission: `before` and `after` around an honest `base`, changed by `edits`.

    `score` is what the file gets where the attack breaks it (None: what its honest twin gets).
    `needs` names the promise of `PROMISED_BY` that it tries to break, `limits` what it is given,
    `file` the name of the file itself (empty: there is none), `beside` more files of the same
    folder, `links` symbolic links to targets, `cold` asks for a fresh Python, `alone` asks that
    nothing is graded at the same time, `deadly` that it is not run where nothing is promised.
    `student` is the folder's name where that is the attack.
    """

    family: str
    name: str
    before: str = ""
    after: str = ""
    base: str = "stub"
    edits: tuple[tuple[str, str], ...] = ()
    score: float | None = None
    needs: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    file: str = "vae.py"
    alone: bool = False
    deadly: bool = False
    student: str = ""
    cold: bool = False

    @property
    def id(self) -> str:
        return f"{self.family}: {self.name}"

    def source(self, targets: Mapping[str, object]) -> bytes:
        """The bytes handed in; each @NAME@ stands for the target of that name."""
        text = base(self.base)
        for old, new in self.edits:
            assert old in text, f"{self.id}: {old!r} is not in {self.base}"
            text = text.replace(old, new)
        text = f"{self.before}\n{text}\n{self.after}\n"
        for name, value in targets.items():
            text = text.replace(f"@{name}@", repr(value))
        assert not re.search(r"@[A-Z]+@", text), f"{self.id}: a target is unknown"
        return text.encode("utf-8", "surrogatepass")

    @property
    def twin(self) -> bytes:
        """The same file without the attack."""
        return base(self.base).encode()

    def promised(self, walls: frozenset[str]) -> bool:
        """Whether what it tries to break is promised where `walls` hold."""
        return not self.needs or bool(PROMISED_BY[self.needs] & walls)


@lru_cache
def base(name: str) -> str:
    """An honest file: stub, half (two functions solved), wrong (all of it), deaf or right."""
    right = PRIVATE.reference.decode()
    if name == "stub":
        return release.strip(right, PRIVATE.public.module)
    if name == "half":
        return solved(right, {REPARAMETRIZE, LOSS})
    if edits := {"wrong": WRONG, "deaf": DEAF}.get(name):
        for old, new in edits:
            assert old in right, old
            right = right.replace(old, new)
        return right
    assert name == "right"
    return right


def solved(text: str, kept: set[int]) -> str:
    """`text` with only those of its solution regions whose number is in `kept`."""
    number = iter(range(len(REGION.findall(text))))
    return REGION.sub(lambda m: m[1] if next(number) in kept else "", text)


@dataclass
class Family:
    """Collects the attacks of one family, with what they have in common."""

    name: str
    common: Mapping[str, object] = field(default_factory=dict)
    attacks: list[Attack] = field(default_factory=list)

    def add(self, name: str, before: str = "", after: str = "", **more: object) -> None:
        made = Attack(self.name, name, dedent(before).strip("\n"), dedent(after).strip("\n"))
        self.attacks.append(replace(made, **{**self.common, **more}))


ALL: list[Family] = []


def family(name: str, **common: object) -> Family:
    """A new family of attacks; `common` are fields that all of them share."""
    ALL.append(Family(name, common))
    return ALL[-1]


def everywhere(body: str) -> str:
    """Code that does `body` in each of the functions and methods that a check calls."""
    return dedent("""
        def _everywhere(*args, **kwargs):
        {body}
        reparametrize = loss_function = _everywhere
        VAE.forward = CVAE.forward = _everywhere
        """).format(body="\n".join("    " + line for line in dedent(body).strip().splitlines()))
