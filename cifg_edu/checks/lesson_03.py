"""Lesson 03."""

from cifg_edu.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
