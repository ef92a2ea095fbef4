"""Lesson 06, the phantom gate."""
