"""Lesson 08, initialization and memory."""
