"""Wrong programs: each names the check that must not pass and the misconception it is given."""

from __future__ import annotations

from autograder.assignments.edits import Wrong
from autograder.assignments.vae.specimens import wrong_forwards, wrong_functions, wrong_layers

ALL: tuple[Wrong, ...] = (*wrong_layers.ALL, *wrong_functions.ALL, *wrong_forwards.ALL)
