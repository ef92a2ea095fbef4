"""Lesson 08."""

from cifg_edu.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
