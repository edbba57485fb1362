"""Jiesu's core: messages, conversations, articles, tickets, surveys and jobs, and the rules that keep them right."""

import os
import sys

# One thread a process for linear algebra: there are several processes, and what we multiply is small. A second thread spins
# while it waits and makes a search take seven times the processor's time. Before numpy is imported, which reads this once.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Keep compiled modules even where the surroundings say not to, as container images often do: compiling the libraries anew
# takes longer than all the rest of a start. Processes started from here inherit it.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
