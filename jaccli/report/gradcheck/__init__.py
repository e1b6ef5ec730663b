"""Checks → what ``jac gradcheck`` says in the terminal."""
