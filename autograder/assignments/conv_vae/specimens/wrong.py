"""Wrong programs, each with the misconception that has to be named."""

from __future__ import annotations

from autograder.assignments.conv_vae.specimens import wrong_functions, wrong_layers

ALL = (
    *wrong_layers.ENCODERS,
    *wrong_functions.SAMPLERS,
    *wrong_layers.DECODERS,
    *wrong_functions.FORWARDS,
    *wrong_functions.LOSSES,
    *wrong_functions.TRAVERSALS,
)
