"""The same work in each package, for `peers.py`: a module a package, with a list `ENTRIES` each.

It lets libraries use one thread, and so is imported before NumPy.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[name] = "1"  # read when the libraries are loaded
