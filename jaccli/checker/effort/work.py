"""How much each way to judge may take, in counted work: nothing here depends on the clock."""

__all__ = ["BALL_BUDGET", "BUDGET", "CHEAP", "DIRECTIONS", "EVALUATIONS", "MAX_ENTRIES", "MAX_ROWS"]

EVALUATIONS = 20  # per column of a difference, as a rule
BUDGET = 2e9  # weighted operations of differences: about three seconds; beyond it, random directions
CHEAP = 2e8  # of differences that are a witness only: about a third of a second
BALL_BUDGET = 1e5  # weighted ball operations: a second or two
MAX_ENTRIES = 4_000_000  # of a block that is judged entry by entry
DIRECTIONS = 8  # random ones, of a block that is not
MAX_ROWS = 20_000_000  # entries of a Jacobian that is filled to multiply it with directions
