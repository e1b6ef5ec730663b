"""Teaching: the eager engine with ``.grad``, and what it is compared with."""
