"""`python -m autograder.assignments.vae.specimens FOLDER` writes a sample class to grade."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.assignments.vae.specimens import REFERENCE, all_specimens
from autograder.assignments.vae.specimens.regions import regions

CLASS = {  # student: specimen
    "ada": "reference",
    "alonzo": "sampler_rsample",
    "annie": "label_first",
    "barbara": "decoder_lacks_a_layer",
    "claude": "loss_batch_summed",
    "donald": "reparametrize_uniform",
    "edsger": "forward_eval_mean",
    "evelyn": "cvae_encoder_leaky",
    "grace": "cvae_decoder_gets_no_label",
}
BROKEN = {  # student: a file that no specimen can say
    "hedy": b"import os\n\nos._exit(0)\n",
    "john": b"class VAE:\n    def __init__(self\n",
    "katherine": b"while True:\n    pass\n",
}
UNTOUCHED = "margaret"


def untouched() -> bytes:
    """The reference without its solutions: what a student starts from."""
    text = REFERENCE.read_text(encoding="utf-8")
    for region in reversed(list(regions(text).values())):
        text = text[: region.start()] + text[region.end() :]
    return text.encode()


def write(folder: Path) -> int:
    """One folder a student with a vae.py in it; how many there are."""
    sources = {s.name: s.source for s in all_specimens()}
    students = {name: sources[specimen] for name, specimen in CLASS.items()}
    students |= BROKEN | {UNTOUCHED: untouched()}
    for name, source in students.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "vae.py").write_bytes(source)
    return len(students)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where to write the sample class: one folder")
    print(f"{write(Path(sys.argv[1]))} submissions written to {sys.argv[1]}")
