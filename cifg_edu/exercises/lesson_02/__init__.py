"""Lesson 02, one step of the CIFG."""
