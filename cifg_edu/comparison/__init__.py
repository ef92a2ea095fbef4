"""The CIFG against other cells as an experiment; the statistics are at hand here."""

from cifg_edu.comparison.statistics import (
    Interval,
    count_model_parameters,
    matched_hidden_size,
    paired_bootstrap,
    paired_differences,
    paired_t_interval,
    t_multiplier,
    verdict,
)

__all__ = [
    "Interval",
    "count_model_parameters",
    "matched_hidden_size",
    "paired_bootstrap",
    "paired_differences",
    "paired_t_interval",
    "t_multiplier",
    "verdict",
]
