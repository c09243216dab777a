"""The checks of the assignment `conv_vae`: asked in the notebook, and by the grader on secret
inputs."""

from __future__ import annotations

from nndl2.checks.conv_vae import forward, layers, loss, sampler, traversal
from nndl2.checks.declare import checks_in
from nndl2.checks.model import Assignment, Part, Task


def _task(name: str, title: str, *owns: str) -> Task:
    """A task of one part."""
    return Task(name, title, (Part(name, title, owns),))


ASSIGNMENT = Assignment(
    name="conv_vae",
    module="conv_vae.py",
    tasks=(
        _task("encode", "Encode", "VAE.encode"),
        _task("sample", "Sample", "VAE.sample"),
        _task("decode", "Decode", "VAE.decode"),
        _task("forward", "Forward", "VAE", "VAE.forward"),
        _task("loss_function", "Loss function", "loss_function"),
        _task("traverse", "Traverse", "traverse"),
    ),
)
CHECKS = ASSIGNMENT.in_order(checks_in(layers, sampler, forward, loss, traversal))
