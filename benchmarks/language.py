"""The language in one table: its functions, what of them is compared with NumPy, and the identities that are judged.

Run: python benchmarks/language.py
"""

from __future__ import annotations

from formulas import IDENTITIES, judged
from numpy_calls import CALLS, functions_called, mismatches

from jaccli.compute.catalogue import catalogue


def rows() -> dict[str, str]:
    """Return the lines of the table: what is counted, and how many there are."""
    entries = [entry for entry in catalogue() if entry.call.endswith(")") and "inside of" not in entry.call]
    names = sum(len(entry.names) for entry in entries)
    right, wrong = judged()
    return {
        "functions of the language": f"{len(entries)}, under {names} names",
        "names that occur in calls compared with NumPy and SciPy": f"{len(functions_called())}",
        "calls compared, value and derivative": f"{len(CALLS)}",
        "mismatches": f"{len(mismatches())}",
        "identities from the literature": f"{len(IDENTITIES)}",
        "right ones that pass": f"{right}",
        "wrong twins that fail": f"{wrong}",
    }


def main() -> None:
    table = rows()
    width = max(map(len, table))
    for what, count in table.items():
        print(f"{what:<{width}}  {count:>22}")


if __name__ == "__main__":
    main()
