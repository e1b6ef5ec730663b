"""Teaching: passes and paths of the chain rule as data; the eager engine with ``.grad``, and what it is compared with."""
