"""A function of low precision and the same mathematics in float64 → whether they differ by more than rounding."""
