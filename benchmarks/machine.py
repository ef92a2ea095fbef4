"""The machine on which something was measured: processor, blas."""

import os
import platform
from pathlib import Path

import numpy as np


def processor() -> str:
    """The processor's name and the number of its cores that this process may use."""
    name = platform.processor() or platform.machine()
    with_name = Path("/proc/cpuinfo")  # Linux, where platform knows only the architecture
    if with_name.exists():
        lines = with_name.read_text(encoding="utf-8").splitlines()
        name = next(
            (x.partition(":")[2].strip() for x in lines if x.startswith("model name")), name
        )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"


def blas() -> str:
    """NumPy's version, and the library that makes its matrix products."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"NumPy {np.__version__} with {found['name']} {found['version']}"
