"""Fairness of clipped noise, and of the notebook commands left in a file."""

from __future__ import annotations

import re

from autograder.assignments import ROOT
from autograder.assignments.edits import Edit, Fair
from autograder.assignments.vae.points import POINTS
from autograder.assignments.vae.specimens.regions import applied

SUM, EPSILON = "mu + sigma * epsilon", "torch.randn_like(mu)"
CLIPPED = (r"cut off|clipped|clamped|bounded|extreme",)
UNTRUE = (r"\bis normal, but\b",)
NOISE: dict[str, tuple[tuple[str, str], bool]] = {  # name: (old, new), whether it is wrong
    "noise_clamped_at_3": ((EPSILON, "torch.randn_like(mu).clamp(-3, 3)"), True),
    "noise_clipped_by_numpy": (
        (
            EPSILON,
            "torch.from_numpy(\n        np.clip(np.random.randn(*mu.shape), -3.0, 3.0)).to(mu)",
        ),
        True,
    ),
    "sample_kept_in_3_sigma": (
        (SUM, "torch.clamp(mu + sigma * epsilon, mu - 3 * sigma, mu + 3 * sigma)"),
        True,
    ),
    "noise_drawn_again_beyond_3": (
        (
            EPSILON,
            "torch.randn_like(mu)\n    while (far := epsilon.abs() > 3).any():\n"
            "        epsilon = torch.where(far, torch.randn_like(mu), epsilon)",
        ),
        True,
    ),
    "noise_truncated_at_2.5": (
        (EPSILON, "nn.init.trunc_normal_(torch.empty_like(mu), a=-2.5, b=2.5)"),
        True,
    ),
    "noise_of_inner_quantiles": (
        (EPSILON, "torch.special.ndtri(torch.rand_like(mu) * 0.998 + 0.001)"),
        True,
    ),
    "noise_folded_at_3": ((EPSILON, "torch.fmod(torch.randn_like(mu), 3.0)"), True),
    "noise_clamped_at_6": ((EPSILON, "torch.randn_like(mu).clamp(min=-6, max=6)"), False),
}

REPARAMETRIZE_TWICE = Fair(
    "reparametrize_variance_and_shared_noise",
    "two_mistakes",
    (
        Edit("reparametrize", "0.5 * logvar", "logvar"),
        Edit("reparametrize", EPSILON, "torch.randn(mu.shape[1])"),
    ),
    ("reparametrize",),
    (r"the variance, is used", r"share their noise"),
)

BEGIN = '"""A variational'
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[Edit, ...]]] = {  # name: commands, edits
    "pip_and_matplotlib": (
        ("!pip install torch torchvision", "%matplotlib inline"),
        (),
    ),
    "magics_and_help": (
        ("%load_ext autoreload", "%autoreload 2"),
        (Edit("top", "", "?nn.Linear"),),
    ),
    "writefile_and_ls": (
        ("%%writefile vae.py",),
        (Edit("end", "", "!ls -la\n!python vae.py"),),
    ),
    "drive_and_download": (
        ("%cd /content/drive/MyDrive/vae", "!unzip -q data.zip", "files = !ls data"),
        (),
    ),
    "help_behind_a_name": (
        ("nn.Unflatten??",),
        (Edit("end", "", "reparametrize?"),),
    ),
    "gpu_shown_inside_forward": (
        (),
        (
            Edit("vae.forward", "hidden =", "!nvidia-smi\n        hidden ="),
            Edit("cvae.forward", "pixels =", "%time\n        pixels ="),
        ),
    ),
    "one_after_each_function": (
        (),
        (
            Edit("file", "def reparametrize(", "%pip install tqdm\n\n\ndef reparametrize("),
            Edit("file", "def loss_function(", "?F.binary_cross_entropy\n\n\ndef loss_function("),
            Edit("end", "", "%timeit hello_vae()"),
        ),
    ),
}
A_COMMAND = r"^\s*([!%?]|files = !|[\w.]+\?+$)"


def _commanded(name: str, commands: tuple[str, ...], edits: tuple[Edit, ...]) -> Fair:
    """The file with its commands; each is told by the number of its line."""
    before = Edit("file", BEGIN, "".join(f"{line}\n" for line in commands) + BEGIN)
    edits = (*edits, before) if commands else edits
    text = applied((ROOT / "source" / "vae" / "vae.py").read_text("utf-8"), edits)
    lines = [i for i, line in enumerate(text.splitlines(), 1) if re.match(A_COMMAND, line)]
    says = tuple(rf"\b{i}\b" for i in lines)
    return Fair(f"commands_{name}", "commands", edits, tuple(POINTS)[:10], says)


ALL: tuple[Fair, ...] = (
    *(
        Fair(name, "noise", edits, ("reparametrize",), CLIPPED, UNTRUE, "noise_clipped")
        if wrong
        else Fair(name, "noise", edits)
        for name, (change, wrong) in NOISE.items()
        for edits in [
            (
                Edit("reparametrize", *change),
                *((Edit("top", "", "import numpy as np"),) if "np." in change[1] else ()),
            )
        ]
    ),
    REPARAMETRIZE_TWICE,
    *(_commanded(name, *row) for name, row in COMMANDS.items()),
)
