"""The course's exercises: what one is made of, and `lesson_NN/NAME.py`, one exercise each."""

from cifg_edu.exercises.exercise import (
    Case,
    Exercise,
    Function,
    Mutant,
    Question,
    by_name,
    call,
    mutate,
    mutated_source,
)

__all__ = [
    "Case",
    "Exercise",
    "Function",
    "Mutant",
    "Question",
    "by_name",
    "call",
    "mutate",
    "mutated_source",
]
