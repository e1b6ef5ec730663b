"""A wrong block → the evidence that tells what kind of mistake it is, and where."""
