"""The machine on which something was measured: processor."""

import os
import platform
from pathlib import Path


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
