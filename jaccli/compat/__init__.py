"""Checkers of other libraries under their own names and signatures, judged by this one: change one import and keep the tests."""
