"""Lesson 10, a character model of the Sonnets."""
