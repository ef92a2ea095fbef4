"""Runs inside Pyodide: a step of training, then each cell of lesson.ipynb, as a notebook would."""

import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from cifg_edu.corpora import practice_text, sonnets_or_practice
from cifg_edu.training import Trainer, TrainingOptions

print(sys.platform)
print(sonnets_or_practice().origin)
trainer = Trainer(practice_text().text, TrainingOptions(hidden_size=8, epochs=1))
trainer.train_window()
print(f"loss {trainer.train_window().loss:.6f}")
shell = InteractiveShell.instance()
for cell in json.loads(Path("lesson.ipynb").read_text(encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        shell.run_cell("".join(cell["source"]), store_history=True).raise_error()
