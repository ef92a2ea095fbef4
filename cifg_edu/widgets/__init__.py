"""Pictures with controls, one widget in each module."""

from cifg_edu.widgets.clipped_vectors import clipped_vectors
from cifg_edu.widgets.coloured_text import coloured_text
from cifg_edu.widgets.error_bars_by_tensor import error_bars_by_tensor
from cifg_edu.widgets.gate_mixer import gate_mixer
from cifg_edu.widgets.gradient_check_curve import gradient_check_curve
from cifg_edu.widgets.gradient_flow import gradient_flow
from cifg_edu.widgets.live_training import live_training
from cifg_edu.widgets.loss_paths import loss_paths
from cifg_edu.widgets.memory_half_life import memory_half_life
from cifg_edu.widgets.time_scrubber import time_scrubber
from cifg_edu.widgets.twins import twins
from cifg_edu.widgets.which_characters import which_characters

__all__ = [
    "clipped_vectors",
    "coloured_text",
    "error_bars_by_tensor",
    "gate_mixer",
    "gradient_check_curve",
    "gradient_flow",
    "live_training",
    "loss_paths",
    "memory_half_life",
    "time_scrubber",
    "twins",
    "which_characters",
]
