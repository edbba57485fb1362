"""Measurements: what the system takes and how long, printed as tables. Never a test: absolute times differ by machine."""

import hotline  # noqa: F401  # before NumPy: one thread for linear algebra, as in the running system
