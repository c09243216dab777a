"""What several sentences of the catalogue have in common."""

from __future__ import annotations

GET = "This is what you get"
ARGUMENTS = "Look at the arguments of the call."
FORMULA = "Look at the signs of the notebook's formula."
LOGARITHM = "What undoes the logarithm?"
