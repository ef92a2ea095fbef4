"""Lesson 04, the vanilla twin."""
