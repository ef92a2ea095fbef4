"""The types of arrays in this package: Array, Ids, Tensors."""

import numpy as np
from numpy.typing import NDArray

# Real numbers, usually float64 (checks) or float32 (training).
Array = NDArray[np.floating]
# Numbers of characters or symbols, integers from 0 on, of the type with which NumPy indexes.
Ids = NDArray[np.intp]
# Parameters or gradients by their names, such as {"Wx": (D, 3H), "Wh": (H, 3H), "b": (3H,)}.
Tensors = dict[str, Array]
