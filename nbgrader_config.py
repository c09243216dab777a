"""nbgrader reads this file in the folder where it is run; the settings are in autograder.

A course's own settings belong into nbgrader_settings.py beside it: where this file cannot be read,
nbgrader goes on with settings that release the solution.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

try:
    from autograder.nbgrader import configure

    configure(get_config(), HERE)  # noqa: F821  # traitlets puts get_config here
except Exception as error:
    # nbgrader would go on after an exception, with settings that release the solution.
    raise SystemExit(f"nbgrader_config.py cannot be used: {error} (try `make install`)") from error
