"""Student code behind a process boundary: `WarmParent` makes a `Remote` of each submission.

The modules here live on two sides. Trusted, in the grading process and free of torch: `parent`,
`remote`, `lives`, `channel`, `tries`, `quotes`, `bubblewrap`, `promises`. Far side, in other
processes: `warm`, `keeper`, `worker`, `walls`, `landlock`, `seccomp`. On both: `limits`, `frames`,
`messages`, `held`, `system`.
"""

from autograder.isolation.limits import Limits
from autograder.isolation.parent import ALL_WALLS, WarmParent
from autograder.isolation.remote import Remote
from autograder.isolation.system import interruptible
from autograder.isolation.tries import steadily

__all__ = ["ALL_WALLS", "Limits", "Remote", "WarmParent", "interruptible", "steadily"]
