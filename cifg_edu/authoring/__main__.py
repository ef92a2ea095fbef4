"""python -m cifg_edu.authoring: make the notebooks of lessons/ anew."""

from pathlib import Path

from cifg_edu.authoring import write_notebooks

for path in write_notebooks(Path("lessons")):
    print(path)
