"""Lesson 03, unrolling in time."""
