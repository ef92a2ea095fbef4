"""Lesson 12, a fair comparison."""
