"""The README's pictures of widgets: python -m cifg_edu.authoring.widget_pictures [FOLDER]."""

import io
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image

from cifg_edu.files import write_atomically
from cifg_edu.widgets.gallery import GALLERY

# The widgets, and values for the controls whose first values show too little.
SHOWN: dict[str, dict[str, Any]] = {
    "gate_mixer": {"a_i": 1.5, "a_f": 2.5, "g": 0.9, "c_prev": 0.8},
    "time_scrubber": {},
    "error_bars_by_tensor": {"steps": 6, "start": "random"},
}
DPI = 110


def widget_picture(name: str) -> tuple[bytes, str]:
    """A widget's picture and its sentence.

    Args:
        name: one of `SHOWN`.

    Returns:
        A PNG, packed more tightly than there is time for in a live widget, and the words.
    """
    with plt.rc_context({"figure.dpi": DPI}):
        panel = GALLERY[name].make()
    for control, value in SHOWN[name].items():
        panel.controls[control].value = value
    content = io.BytesIO()
    with Image.open(io.BytesIO(panel.png)) as picture:
        picture.save(content, format="PNG", optimize=True)
    return content.getvalue(), panel.words


def main(folder: Path) -> None:
    """Write one PNG for each of `SHOWN` into the folder; print its path and its words."""
    for name in SHOWN:
        path = folder / f"{name}.png"
        png, words = widget_picture(name)
        write_atomically(path, png)
        print(f"{path}: {words}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("lessons/images"))
