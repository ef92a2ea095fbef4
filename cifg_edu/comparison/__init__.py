"""The CIFG against other cells as an experiment: tuned alike, in pairs, resumable."""
