"""What a comparison says of a text or a cell of the user's, in plain words: heading, plain_words.

Nobody stated a margin for them before the runs. So they get no answer of the family's kind: each
interval stands by itself, with the words of `statistics.verdict`.
"""

import math

from cifg_edu.comparison.account import About
from cifg_edu.comparison.findings import TEXT_YARDSTICK, Comparison, Findings, TaskFindings
from cifg_edu.comparison.names import cell_words, is_own, task_words
from cifg_edu.statistics import verdict

ALONE = (
    "Each interval stands by itself: nothing is corrected for the number of comparisons, and no "
    'margin was stated for them before the runs. "No difference found" does not mean "equal".'
)


def heading(findings: Findings) -> str:
    """The question that the page answers.

    Args:
        findings: what the runs show.

    Returns:
        Such as "Is MyCell any good on mine.txt?".
    """
    cells = [cell_words(c.other.cell) for c in findings.own if is_own(c.other.cell)]
    texts = [task_words(task.task) for task in findings.tasks if is_own(task.task)]
    where = f" on {texts[0]}" if texts else ""
    if not findings.own:
        return "How much does the CIFG lose, and what does it save?"
    return f"Is {cells[0] if cells else 'the CIFG'} any good{where}?"


def plain_words(task: TaskFindings, about: About) -> str:
    """How good the models are on a task, and which is better, where one of them is the user's.

    Args:
        task: with a text or a cell of the user's.
        about: the task in words.

    Returns:
        Some sentences.
    """
    own = [comparison for comparison in task.comparisons if comparison.own]
    said = [_level(task, about)]
    if min(model.mean for model in task.models) < about.baseline:
        said += [_pair(comparison, about.unit) for comparison in own]
    if len(said) > 1 and is_own(task.task):
        said.append(
            f"On the Sonnets this course takes {TEXT_YARDSTICK} {about.unit} as a difference that "
            "would matter."
        )
    return " ".join(said)


def _level(task: TaskFindings, about: About) -> str:
    """The mean of each model, beside what little knowledge gives."""
    words = task_words(task.task)
    means = ", ".join(
        f"{model.name} {model.mean:.3f}" if math.isfinite(model.mean) else f"{model.name} diverged"
        for model in task.models
    )
    best = min(task.models, key=lambda model: model.mean)
    beside = f"{about.baseline_words} has {about.baseline:.3f}"
    start = f"On {words}, {about.unit} on average, less is better: {means}; {beside}."
    if best.mean >= about.baseline:
        return (
            f"{start} No model here is better than that, so "
            "the comparison says nothing: train longer, with more --updates."
        )
    if not is_own(task.task):
        return start
    return (
        f"{start} The lowest, {best.name}, is as uncertain as among {math.exp(best.mean):.1f} "
        "equally likely characters."
    )


def _pair(comparison: Comparison, unit: str) -> str:
    names = comparison.reference.name, comparison.other.name
    if comparison.interval is None:
        return f"{names[0]} and {names[1]}: nothing can be said ({comparison.nothing})."
    said = verdict(comparison.interval, *names, unit)
    return f"{said.replace('no difference', 'No difference', 1)}."
