"""Right answers to lesson 13, as learners write them."""

import numpy as np


def wrong_tensors_over_the_union_of_names(measured, claimed, tolerance=1e-6):
    found = []
    for name in list(measured) + [n for n in claimed if n not in measured]:
        try:
            a, b = measured[name], claimed[name]
        except KeyError:
            found.append(name)
            continue
        if a.shape != b.shape:
            found.append(name)
            continue
        size = np.sqrt(np.sum(a**2)) + np.sqrt(np.sum(b**2))
        error = np.sqrt(np.sum((a - b) ** 2)) / size if size != 0 else 0
        if np.isnan(error) or error > tolerance:
            found.append(name)
    return found


def wrong_tensors_by_what_is_not_right(measured, claimed, tolerance=1e-6):
    def agrees(name):
        if name not in measured or name not in claimed:
            return False
        right, given = measured[name], claimed[name]
        if np.shape(right) != np.shape(given):
            return False
        distance = np.linalg.norm((right - given).ravel())
        return distance <= tolerance * (
            np.linalg.norm(right.ravel()) + np.linalg.norm(given.ravel())
        )

    return [name for name in {**measured, **claimed} if not agrees(name)]


def wrong_tensors_as_a_set(measured, claimed, tolerance=1e-6):
    strangers = set(measured) ^ set(claimed)
    for name in set(measured) & set(claimed):
        a, b = np.asarray(measured[name]), np.asarray(claimed[name])
        if a.shape == b.shape:
            both = np.linalg.norm(a) + np.linalg.norm(b)
            if both == 0 or np.linalg.norm(a - b) / both < tolerance:
                continue
        strangers.add(name)
    return strangers


def wrong_gates_with_slices(measured, claimed, gates, axis=-1, tolerance=1e-6):
    a, b = np.moveaxis(measured, axis, 0), np.moveaxis(claimed, axis, 0)
    size = len(a) // len(gates)
    wrong = []
    for k, gate in enumerate(gates):
        right, given = a[k * size : (k + 1) * size], b[k * size : (k + 1) * size]
        both = np.linalg.norm(right) + np.linalg.norm(given)
        error = 0 if both == 0 else np.linalg.norm(right - given) / both
        if np.isnan(error) or error > tolerance:
            wrong.append(gate)
    return wrong


def wrong_gates_by_taking_indices(measured, claimed, gates, axis=-1, tolerance=1e-6):
    order = np.arange(measured.shape[axis]).reshape(len(gates), -1)
    wrong = ()
    for gate, indices in zip(gates, order, strict=True):
        a = np.take(measured, indices, axis=axis).ravel()
        b = np.take(claimed, indices, axis=axis).ravel()
        if not np.sqrt((a - b) @ (a - b)) <= tolerance * (np.sqrt(a @ a) + np.sqrt(b @ b)):
            wrong += (gate,)
    return wrong


RIGHT_ANSWERS = {
    "find_wrong_tensors": [
        wrong_tensors_over_the_union_of_names,
        wrong_tensors_by_what_is_not_right,
        wrong_tensors_as_a_set,
    ],
    "find_wrong_gates": [wrong_gates_with_slices, wrong_gates_by_taking_indices],
}
