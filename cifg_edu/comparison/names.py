"""The names of texts and cells that are not the course's: own_name, is_own, task_words, cell_words.

Such a name ends with a digest of the content. So the stored results of a file that was edited
since are never taken for those of the new one.
"""

import hashlib
import re

MARK = "@"


def own_name(label: str, content: bytes) -> str:
    """The name of a text or a cell of the user's.

    Args:
        label: how it is called in a report.
        content: of its file.

    Returns:
        Such as "mine.txt@1f0c92ab"; letters that are not fit for file names become "-".
    """
    plain = re.sub(r"[^\w.-]+", "-", label)
    return f"{plain}{MARK}{hashlib.sha256(content).hexdigest()[:8]}"


def is_own(name: str) -> bool:
    """Whether a task or a cell is the user's.

    Args:
        name: as in a spec.

    Returns:
        Whether `own_name` made it.
    """
    return MARK in name


def task_words(name: str) -> str:
    """A task as a reader knows it.

    Args:
        name: as in a spec.

    Returns:
        Such as "mine.txt" or "adding".
    """
    return name.partition(MARK)[0]


def cell_words(name: str) -> str:
    """A cell as a reader knows it.

    Args:
        name: as in a spec.

    Returns:
        Such as "MyCell" or "LSTM".
    """
    return name.partition(MARK)[0] if is_own(name) else name.upper()
