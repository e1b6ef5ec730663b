"""What judges a derivative: the strongest reference that the cost allows, and what is known of its error."""
