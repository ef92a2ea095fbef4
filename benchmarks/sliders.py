"""Milliseconds from a key on a slider to the new picture: python -m benchmarks.sliders.

They are measured in JupyterLab and Chromium by the browser tests of the widgets, which move every
slider of every widget: from the key's event until the browser has decoded the picture. Beside
them stands a slider that has the kernel write its number and draws nothing.
"""

import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from benchmarks.machine import processor
from cifg_edu.widgets.gallery import GALLERY

TEST = "tests/browser/test_widgets.py"


def answers() -> dict[str, list[float]]:
    """Milliseconds of each answer, by widget."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-n0",
            "-q",
            TEST,
            "-k",
            "every_slider or slider_alone",
        ]
        subprocess.run([*command, f"--junitxml={report}"], check=True, stdout=sys.stderr)
        found: dict[str, list[float]] = {}
        for measured in ElementTree.parse(report).iter("property"):
            times = found.setdefault(measured.attrib["name"], [])
            times.append(float(measured.attrib["value"]))
        return found


def main() -> None:
    """Measure and print the table, and the median of all answers."""
    found = answers()
    print(f"{processor()}. Milliseconds from a key on a slider to the new picture:\n")
    print("| widget | median | least | most | answers |\n|---|---|---|---|---|")
    for name, times in found.items():
        figures = f"{statistics.median(times):.0f} | {min(times):.0f} | {max(times):.0f}"
        print(f"| {name} | {figures} | {len(times)} |")
    everything = [time for name, times in found.items() if name in GALLERY for time in times]
    median = statistics.median(everything)
    print(f"\nOf the widgets' {len(everything)} answers the median is {median:.0f}.")


if __name__ == "__main__":
    main()
