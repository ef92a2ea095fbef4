"""How long a lesson takes, by one rule for all lessons: estimated_minutes."""

import re

# The rates with which the rule agrees best with the authors' own estimates of thirteen lessons.
WORDS_A_MINUTE = 60  # read once, with the formulas, the code and the pictures between them
MINUTES_A_STAR = 2
MINUTES_A_TRY = 2
NOT_PROSE = re.compile(
    r"\A---.*?^---$"  # the head of the file
    r"|^```.*?^```"  # code
    r"|\$\$.*?\$\$|\$[^$]*\$"  # formulas
    r"|<[^>]*>|\]\([^)]*\)",  # tags, and the targets of links
    re.DOTALL | re.MULTILINE,
)
WORD = re.compile(r"[^\W\d_][\w'-]*")
# A prediction, a step of a derivation, a bug hunt, an exhibit of the museum.
TRY = re.compile(r"^(?:\w+ = )?(?:predict|confirm|bug_hunt|measure)\(", re.MULTILINE)


def estimated_minutes(text: str, stars: int) -> int:
    """The minutes of a student who reads a lesson, tries what it asks and writes its functions.

    Args:
        text: the lesson's source.
        stars: those of its exercises, in all.

    Returns:
        The estimate, a multiple of 5.
    """
    words = len(WORD.findall(NOT_PROSE.sub(" ", text)))
    tries = len(TRY.findall(text))
    minutes = words / WORDS_A_MINUTE + stars * MINUTES_A_STAR + tries * MINUTES_A_TRY
    return 5 * round(minutes / 5)
