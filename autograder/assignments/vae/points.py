"""The points table of the assignment, and how much its feedback says."""

POINTS: dict[str, float] = {
    "encoder": 2,
    "mu": 1,
    "logvar": 1,
    "decoder": 1,
    "reparametrize": 2,
    "forward": 1,
    "loss": 1,
    "cvae_encoder": 1,
    "cvae_decoder": 1,
    "cvae_forward": 1,
    "train_vae": 0,  # training is shown; give it points here to score it
    "train_cvae": 0,
}
VISIBILITY: dict[str, str] = {}  # on Gradescope, by task or part: "hidden", "after_published", ...
HINTS = "nudge"  # "none": only right or wrong; "cause": which misconception; "nudge": and a hint
