"""The derivative under test, asked along segments around the point: whether it adds up to the values at their ends."""
