"""A function of low precision and the same mathematics in float64 → whether its values and derivatives differ by more than rounding."""
