"""The instructor's side of the kit: release, isolation, grading, reports.

The matrices of the oracles are small: shared among BLAS threads they take three times as long, and
with several submissions at a time the threads only wait for each other. So NumPy gets one, which
has to be said before it is first imported.
"""

import os

for _setting in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_setting, "1")
