"""Lesson 13, a museum of wrong LSTMs."""
