"""Lesson 01, gates as mixers."""
