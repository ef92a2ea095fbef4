"""Lesson 09, clipping and Adam."""
