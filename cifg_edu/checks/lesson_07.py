"""Lesson 07."""

from cifg_edu.checks.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = ()
