"""Lesson 04."""

from cifg_edu.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
