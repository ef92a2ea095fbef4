"""The types of arrays in this package: Array, Ids, Tensors."""

import numpy as np
from numpy.typing import NDArray

# Real numbers, usually float64 (checks) or float32 (training).
Array = NDArray[np.floating]
# Characters or symbols as integers from 0 on, in the dtype that NumPy indexes with.
Ids = NDArray[np.intp]
# Parameters or gradients by name, such as Wx (D, 3H), Wh (H, 3H) and b (3H,).
Tensors = dict[str, Array]
