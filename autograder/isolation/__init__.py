"""Student code behind a process boundary: `WarmParent` makes a `Remote` of each submission.

The modules here live on two sides. Trusted, in the grading process and free of torch: `parent`,
`remote`, `lives`, `channel`. Far side, in processes of their own: `warm`, `keeper`, `worker`,
`walls`, `landlock`, `system`. On both: `limits`, `frames`, `messages`.
"""

from autograder.isolation.limits import Limits
from autograder.isolation.parent import WarmParent
from autograder.isolation.remote import Remote

__all__ = ["Limits", "Remote", "WarmParent"]
