"""python -m cifg_edu.authoring [NN ...]: make the notebooks of lessons/ and solutions/ anew."""

import sys
from pathlib import Path

from cifg_edu.authoring import write_notebooks

for stem in sys.argv[1:] or [""]:
    for path in write_notebooks(Path("lessons"), Path("solutions"), stem):
        print(path, flush=True)
