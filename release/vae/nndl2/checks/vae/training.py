"""What ten epochs of training in the notebook have to reach."""

from __future__ import annotations

from nndl2.checks.compare import as_array
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, NotRun, Reason
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission

EPOCHS, LOSS_LIMIT = 10, 120.0


@check({"train_vae": "VAE", "train_cvae": "CVAE"})
def loss_gets_under_120(student: Submission, draw: Draw, oracle: Ask, cls: str) -> None:
    """ten epochs of training bring the {}'s loss under 120"""
    losses = as_array(student.call("nndl2.helper.epoch_losses", cls), "training")
    if losses.size < EPOCHS:
        raise NotRun(
            f"it looks at {EPOCHS} epochs of training in this notebook; there are {losses.size}",
            Reason.ENVIRONMENT,
        )
    if not losses[-1] < LOSS_LIMIT:
        note = f"after {losses.size} epochs"
        if collapse := student.call("nndl2.helper.epoch_collapse", cls):
            note = f"{note}. {collapse}"
        raise Mismatch(f"a loss under {LOSS_LIMIT:g}", f"{losses[-1]:.6g}", note)
