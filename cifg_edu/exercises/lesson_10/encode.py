"""Exercise `encode` of lesson 10."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.text import encode

REFUSES = "an error that stops it"


def _encode_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("the text 'banana' with the vocabulary 'abn'", ("banana", "abn")),
        Case("a vocabulary that is not sorted, 'olhe'", ("hello", "olhe")),
        Case("a vocabulary with more characters than the text", ("no one", " emnoty")),
        Case("a single character", ("b", "ab")),
        Case("an empty text", ("", "ab")),
        Case("capital letters and line ends", ("An ant,\na Nun\n", "\n ,ANantu")),
        Case("spaces and line ends at both ends", ("\n  a \t\n", "\t\n a")),
        Case("digits, and letters beyond ASCII", ("été 42", " 24té")),
        Case("the character 'x', which the vocabulary does not have", ("abxa", "ab")),
        Case("the character 'A', which the vocabulary does not have", ("bA", "ab")),
        Case("a space at the end, which the vocabulary does not have", ("ab ", "ab")),
    ]


def _observe_encode(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The ids and their type; where a character is unknown, any error of any kind is right."""
    text, characters = arguments
    try:
        ids = function(text, characters)
    except NotImplementedError:
        raise
    except Exception:
        if set(text) <= set(characters):
            raise
        return REFUSES
    if ids is None:
        return None
    if not set(text) <= set(characters):
        return f"{ids!r}"
    if not isinstance(ids, np.ndarray):
        return ids, f"a {type(ids).__name__}"
    if ids.dtype.kind in "US":
        return ids.tolist(), "an array of characters"
    kind = "integers" if np.issubdtype(ids.dtype, np.integer) else f"numbers of type {ids.dtype}"
    return ids, f"an array of {kind}"


def _further_cases(rng: np.random.Generator) -> list[Case]:
    letters = list("abcdefghijklmNOPQRSTUVWXYZ ,.\n")
    cases = []
    for _ in range(3):
        characters = "".join(rng.permutation(letters)[:12])
        text = "".join(rng.choice(list(characters), size=rng.integers(20, 40)))
        cases.append(Case("a text and a vocabulary at random", (text, characters)))
    return cases


def _ask(f: Function) -> str:
    return (
        f"{f('be', 'be').tolist()} and {f('be', 'eb').tolist()}. The ids depend on the order, and "
        "each row of the weights belongs to one id: a model must be kept with its characters."
    )


EXERCISE = Exercise(
    reference=encode,
    lesson=10,
    place=1,
    stars=1,
    outputs=("the ids", "the type of the result"),
    make_cases=_encode_cases,
    further_cases=_further_cases,
    observe=_observe_encode,
    reasons={
        "the type of the result": "the ids should be a NumPy array of integers.",
    },
    hints=(
        "A character's id is its place in `characters`, counted from 0. Which Python container "
        "answers the question `at which place?` without a search?",
        "Build a dictionary from character to place with enumerate(characters), then look up "
        "each character of the text. A plain look-up, table[character], stops with a KeyError at "
        "an unknown character, and that is what you want; table.get would let it pass.",
        "table = {character: number for number, character in enumerate(characters)}\n"
        "return np.array([table[character] for character in text], dtype=np.intp)",
    ),
    mutants=(
        Mutant(
            "an unknown character gets the id 0, which is another character's: let the look-up "
            "stop with an error.",
            {"if unknown:": "if False:", "table[character] for": "table.get(character, 0) for"},
        ),
        Mutant(
            "an unknown character gets the id -1, which NumPy reads as the last one: str.find "
            "gives -1 where it should stop (str.index does).",
            {"if unknown:": "if False:", "table[character] for": "table.get(character, -1) for"},
        ),
        Mutant(
            "unknown characters are left out without an error: the ids no longer stand for the "
            "text.",
            {"if unknown:": "if False:", "in text]": "in text if character in table]"},
        ),
        Mutant(
            "the ids are numbered in the order in which characters appear in the text: an id is "
            "the character's place in `characters`.",
            {"enumerate(characters)": "enumerate(dict.fromkeys(text))"},
        ),
        Mutant(
            "a new vocabulary is made from this text: use `characters`, or two texts would "
            "give one character two ids.",
            {"enumerate(characters)": "enumerate(sorted(set(text)))"},
        ),
        Mutant(
            "the vocabulary is sorted first: take `characters` in the order that is given.",
            {"enumerate(characters)": "enumerate(sorted(characters))"},
        ),
        Mutant(
            "the ids begin at 1: places are counted from 0.",
            {"enumerate(characters)": "enumerate(characters, 1)"},
        ),
        Mutant(
            "those are floats: an id is used as an index, so it must be an integer.",
            {"dtype=np.intp": "dtype=np.float64"},
        ),
        Mutant(
            "the ids of an empty text are floats, since np.array([]) cannot know better: give it "
            "dtype=int.",
            {", dtype=np.intp": ""},
        ),
        Mutant(
            "those are the characters themselves in an array: put their numbers in.",
            {"[table[character] for character in text], dtype=np.intp": "list(text)"},
        ),
        Mutant(
            "that is a list, which cannot be cut into lanes: wrap it in np.array.",
            {
                "np.array([table[character] for character in text], dtype=np.intp)": (
                    "[table[character] for character in text]"
                )
            },
        ),
        Mutant(
            "those are Unicode code points, as ord gives them: look up each place in `characters`.",
            {"table[character] for": "ord(character) for"},
        ),
        Mutant(
            "those are one-hot rows already: return the ids, one integer for each character.",
            {
                "np.array([table[character] for character in text], dtype=np.intp)": (
                    "np.eye(len(characters), dtype=np.intp)[[table[c] for c in text]]"
                )
            },
        ),
        Mutant(
            "the text comes out backwards: keep its order.",
            {"in text]": "in text[::-1]]"},
        ),
        Mutant(
            "each character appears only once: encode every character of the text, also when it "
            "comes again.",
            {"in text]": "in dict.fromkeys(text)]"},
        ),
        Mutant(
            "the text is turned into lower case: `A` and `a` are two characters, each with its id.",
            {"in text]": "in text.lower()]"},
        ),
        Mutant(
            "spaces and line ends at both ends of the text are cut off (strip): encode every "
            "character.",
            {"in text]": "in text.strip()]"},
        ),
        Mutant(
            "line ends are left out: a line end is a character like any other.",
            {"in text]": "in text.replace('\\n', '')]"},
        ),
        Mutant(
            "spaces, tabs and line ends are left out (split): each is a character like any other.",
            {"in text]": "in ''.join(text.split())]"},
        ),
        Mutant(
            "those are places in the text (text.index): an id is a place in `characters`.",
            {"table[character] for": "text.index(character) for"},
        ),
        Mutant(
            "the ids form a matrix: the result has one axis, (len(text),).",
            {"dtype=np.intp)": "dtype=np.intp)[:, None]"},
        ),
        Mutant(
            "only the first character is encoded: a return in the loop ends it there.",
            {"in text]": "in text[:1]]"},
        ),
        Mutant(
            "the last character is missing.",
            {"in text]": "in text[:-1]]"},
        ),
    ),
    question=Question(
        'Encode "be" with the characters "be", then with "eb". What would a trained '
        "model make of the second?",
        _ask,
    ),
)
