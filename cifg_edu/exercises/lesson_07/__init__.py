"""Lesson 07, backpropagation through time."""
