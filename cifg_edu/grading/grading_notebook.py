"""The notebook that nbval runs for a submission: grading_notebook."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cifg_edu.grading.keys import key

Place = tuple[str, int | None]


class GradingNotebook(NamedTuple):
    """A notebook as JSON, and for each of its code cells the exercise and the case it shows."""

    text: str
    places: list[Place]


def grading_notebook(answers: Mapping[str, str], seed: int, **runner: Any) -> GradingNotebook:
    """Graft a student's answers into a fresh notebook whose outputs are the key.

    Args:
        answers: the text of the student's answer to each exercise.
        seed: of the grading run.
        runner: further arguments of `AnswerRunner`: limits, boxed, prepared, record.

    Returns:
        A setup cell, and for each exercise a cell that takes the answer and one for each case.
        An answer's lines are texts there. So nbval and the kernel see neither code nor comments
        of a student that they would obey.
    """
    setup = [
        "from cifg_edu.grading.answer_runner import AnswerRunner",
        "",
        f"runner = AnswerRunner(seed={seed}",
    ]
    for name, value in runner.items():
        setup[-1] += ","
        setup.append(f"    {name}={value!r}")
    setup[-1] += ")"
    cells = [_cell("setup", "\n".join(setup))]
    places: list[Place] = [("", None)]
    for number, (name, answer) in enumerate(answers.items()):
        lines = "".join(f"\n    {line!r}," for line in answer.split("\n"))
        cells.append(_cell(f"take-{number}", f"runner.take(\n    {name!r},{lines}\n)"))
        places.append((name, None))
        for case, text in enumerate(key(name, seed).texts):
            cells.append(_cell(f"show-{number}-{case}", f"runner.show({name!r}, {case})", text))
            places.append((name, case))
    notebook = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return GradingNotebook(json.dumps(notebook, indent=1), places)


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
}


def _cell(name: str, source: str, prints: str | None = None) -> dict[str, Any]:
    outputs = []
    if prints is not None:
        outputs = [{"name": "stdout", "output_type": "stream", "text": prints + "\n"}]
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": outputs,
    }
