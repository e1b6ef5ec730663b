"""Text of an expression → its checked syntax tree, or what is wrong with it."""
