"""The CIFG, from its gate equations to trained text, in NumPy."""

__version__ = "0.1.0"
