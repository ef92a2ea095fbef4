"""Exercise `legal_next` of lesson 11."""

from collections.abc import Set
from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.tasks import (
    embedded_reber,
    legal_next,
)


def _prefix_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(title, (prefix,))
        for title, prefix in (
            ("the empty prefix", ""),
            ("the first symbol, B", "B"),
            ("the second symbol, T", "BT"),
            ("the second symbol, P", "BP"),
            ("the inner string begins: BTB", "BTB"),
            ("at a branch of the inner grammar: BTBT", "BTBT"),
            ("after a loop: BPBTSSS", "BPBTSSS"),
            ("from state 4 back to 3: BTBTXXT", "BTBTXXT"),
            ("in state 5: BTBPTTV", "BTBPTTV"),
            ("the inner string is about to end: BTBTXS", "BTBTXS"),
            ("the inner string is over, and began after T: BTBPVVE", "BTBPVVE"),
            ("the inner string is over, and began after P: BPBTXSE", "BPBTXSE"),
            # Without the second symbol it cannot be told from the one after T.
            ("the same inner string as after T, but after P: BPBPVVE", "BPBPVVE"),
            ("the second symbol came again: BPBTXSEP", "BPBTXSEP"),
            ("a whole string: BTBPVVETE", "BTBPVVETE"),
            ("a wrong last symbol but one: BTBPVVEP", "BTBPVVEP"),
            ("a wrong step inside: BTBTV", "BTBTV"),
            ("a wrong beginning: T", "T"),
            ("more than a whole string: BTBPVVETEB", "BTBPVVETEB"),
        )
    ]


def _as_sorted_symbols(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The symbols of a set in one order."""
    result = function(*arguments)
    if result is None:
        return None
    if not isinstance(result, Set):
        return f"a {type(result).__name__} and not a set"
    if not all(isinstance(symbol, str) and len(symbol) == 1 for symbol in result):
        return "a set of something other than single symbols"
    return "".join(sorted(result)) or "nothing"


def _further_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for _ in range(8):
        string = embedded_reber(rng)
        end = int(rng.integers(1, len(string) + 1))
        cases.append(Case("the beginning of a string at random", (string[:end],)))
        cases.append(Case("a string at random, with a T at its end", (string[:end] + "T",)))
    return cases


def _ask(f: Function) -> str:
    return (
        f"{', '.join(f('BTBTXSE'))} and {', '.join(f('BPBTXSE'))}. The last five symbols are the "
        "same: only a memory of the second one tells."
    )


EXERCISE = Exercise(
    reference=legal_next,
    lesson=11,
    place=5,
    stars=3,
    outputs=("the set of legal symbols",),
    make_cases=_prefix_cases,
    further_cases=_further_cases,
    observe=_as_sorted_symbols,
    hints=(
        "Walk along the prefix with a `legal` set that begins as {'B'}. At each symbol: return "
        "set() if it is not in `legal`, else work out the next `legal`.",
        "Two things must be kept on the way: `first`, the second symbol of the prefix, and "
        "`state`, the place in the inner grammar. The inner table REBER_GRAMMAR takes over from "
        "place 2; set(REBER_GRAMMAR[state]) is the set of its symbols, and state 7 is its end.",
        "At place 0 the next is {'T', 'P'}. At place 1: first = symbol, and then {'B'}. While "
        "state < 7: state = REBER_GRAMMAR[state][symbol], and then set(REBER_GRAMMAR[state]), or "
        "{first} once state is 7. After that: {'E'} if symbol == first else set().",
    ),
    mutants=(
        Mutant(
            "either T or P is let through at the end: it must be the one that came second, so "
            "remember it.",
            {"{first}": "{'T', 'P'}", "symbol == first": "symbol in 'TP'"},
        ),
        Mutant(
            "the symbol at the end is the other one of T and P: it is the same as at the "
            "beginning.",
            {"{first}": "{'T', 'P'} - {first}", "symbol == first": "symbol in 'TP'"},
        ),
        Mutant(
            "always T at the end: what stands second in the prefix decides.",
            {"{first}": "{'T'}", "symbol == first": "symbol == 'T'"},
        ),
        Mutant(
            "the string seems to be over after the inner one: the T or P must come again first.",
            {"{first}": "set()"},
        ),
        Mutant(
            "E follows the inner string at once: the T or P must come again before it.",
            {"{first}": "{'E'}"},
        ),
        Mutant(
            "illegal symbols are not noticed: a prefix that no string begins with has no legal "
            "successor, so return set().",
            {
                "if symbol not in legal": "if symbol not in 'BTPSXVE'",
                ("REBER_GRAMMAR[state][symbol]"): "REBER_GRAMMAR[state].get(symbol, 6)",
            },
        ),
        Mutant(
            "a symbol that the table does not hold stops the function: look whether it is legal "
            "before you look it up.",
            {"        if symbol not in legal:\n            return set()\n": ""},
        ),
        Mutant(
            "the inner grammar never moves on from its state: set state to where the symbol leads.",
            {"state = REBER_GRAMMAR[state][symbol]": "state = max(state, 1)"},
        ),
        Mutant(
            "that is the inner grammar alone: the embedded string has a B and a T or P before it.",
            {
                "if place == 0:\n            legal = {'T', 'P'}\n        elif place == 1:\n"
                "            first, legal = (symbol, {'B'})\n        elif state < 7": (
                    "if state < 7"
                ),
                "{first}": "set()",
            },
        ),
        Mutant(
            "the states' numbers come back, not their symbols: the symbols are the table's keys.",
            {
                "set(REBER_GRAMMAR[state]) if state < 7": (
                    "set(map(str, REBER_GRAMMAR[state].values())) if state < 7"
                ),
                "if symbol not in legal": "if state == 0 and symbol not in legal",
            },
        ),
        Mutant(
            "after the T or P that comes again, nothing follows: E still does.",
            {"{'E'} if symbol == first else set()": "set()"},
        ),
        Mutant(
            "E follows E without end: after a whole string nothing is legal.",
            {"{'E'} if symbol == first else set()": "{'E'}"},
        ),
        Mutant(
            "only T may follow the first B: it is T or P.",
            {"legal = {'T', 'P'}": "legal = {'T'}"},
        ),
        Mutant(
            "an empty prefix gives nothing: the first symbol, B, must be in the set before the "
            "loop begins.",
            {"for place,": "if not prefix:\n        return set()\n    for place,"},
        ),
        Mutant(
            "the symbol that must come again is taken from the wrong place: it is the second one "
            "of the prefix, prefix[1].",
            {"{first}": "{prefix[0]}", "symbol == first": "symbol == prefix[0]"},
        ),
        Mutant(
            "the symbol that must come again is taken from the end of the prefix: it is the "
            "second one, prefix[1].",
            {"{first}": "{prefix[-2]}", "symbol == first": "symbol == prefix[-2]"},
        ),
        Mutant(
            "state 7 is the end of the inner grammar and has no row in the table: look whether "
            "state < 7 before you look it up.",
            {"set(REBER_GRAMMAR[state]) if state < 7 else {first}": "set(REBER_GRAMMAR[state])"},
        ),
        Mutant(
            "the last symbol of the prefix is not read: walk through all of it.",
            {"enumerate(prefix)": "enumerate(prefix[:-1])"},
        ),
        Mutant(
            "only one of the legal symbols comes back: return all of them.",
            {"return legal": "return set(sorted(legal)[:1])"},
        ),
        Mutant(
            "an illegal symbol is skipped, and the walk goes on: return set() at once.",
            {"return set()": "continue"},
        ),
        Mutant(
            "only the inner grammar is checked: the first two symbols must be legal, too.",
            {"if symbol not in legal": "if place > 1 and symbol not in legal"},
        ),
        Mutant(
            "all symbols come back, and not only the legal ones.",
            {"return legal": "return set('BTPSXVE')"},
        ),
        *(
            Mutant(
                f"{what} comes back: it should be a set, such as {{'T', 'P'}}; the empty one is "
                "set().",
                {"return set()": f"return {empty}", "return legal": f"return {made}"},
            )
            for what, empty, made in (
                ("a list", "[]", "list(legal)"),
                ("a text", "''", "''.join(legal)"),
                ("a tuple", "()", "tuple(legal)"),
                ("an empty dictionary, {},", "{}", "legal"),
                ("an empty dictionary, {},", "{}", "legal or {}"),
            )
        ),
        Mutant(
            "the symbol that came last is left out, though a loop may repeat it.",
            {"return legal": "return legal - set(prefix[-1:])"},
        ),
    ),
    question=Question(
        'What may follow "BTBTXSE"? And what may follow "BPBTXSE"?',
        _ask,
    ),
)
