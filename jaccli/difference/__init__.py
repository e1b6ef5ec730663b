"""Function → derivative with an error bar for every entry, by central differences over a ladder of steps."""

from jaccli.difference.ladder import Reference, differences

__all__ = ["Reference", "differences"]
