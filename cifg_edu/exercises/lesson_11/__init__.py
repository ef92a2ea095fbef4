"""Lesson 11, memory tasks."""
