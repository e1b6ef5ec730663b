"""The rule codes: what each message's code means, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of message."""

    code: str
    name: str
    meaning: str
    mend: str


def _rules(*rows: tuple[str, str, str, str]) -> dict[str, Rule]:
    return {row[0]: Rule(*row) for row in rows}


RULES = _rules(
    ("JAC001", "syntax", "The spec, or an expression in it, cannot be read.",
     "Mend the text at the caret; the line below it says how."),
    ("JAC002", "unknown-key", "A key or a word is not one the spec format knows, or a required key is missing.",
     "Compare with the list of keys in the message."),
    ("JAC003", "unknown-name", "An expression uses a name or a function that is not declared, or not declared yet.",
     "Declare it under `inputs:`, `params:`, `constants:` or `let:`, above its first use."),
    ("JAC004", "cut-by-yaml", "YAML splits an unquoted expression at a comma: {x: atan2(x, y)} has the two keys `x` and `y)`.",
     'Quote the expression: {x: "atan2(x, y)"}.'),
    ("JAC005", "duplicate", "A key or a name appears twice.", "Rename or delete one of the two."),
    ("JAC006", "alias-or-tag", "YAML tags, merge keys and unknown aliases are refused, because they can build objects or bombs.",
     "Write the plain values out."),
    ("JAC007", "not-a-number", "A number is expected, but there is text, a truth value or something that is not finite.",
     "Write a plain number: quotes make text, and YAML 1.2 has no yes and no."),
    ("JAC008", "shape", "Shapes, sizes, axes or arguments do not fit.",
     "The message names both shapes and where each size came from; change one of them."),
    ("JAC009", "limit", "Something is larger than the limits that keep a spec from exhausting the machine.",
     "Use smaller sizes, name parts under `let:`, keep data in a file."),
    ("JAC010", "data-file", "A data file cannot be read, or lies outside the spec's folder.",
     "Put the file beside the spec and name it by a relative path."),
    ("JAC100", "wrong-value", "The derivative differs from the reference by more than the tolerance and the error bar together.",
     "Compare the two values in the message; derive the entry again."),
    ("JAC101", "wrong-sign", "The derivative is the negative of the right one.",
     "Look for a lost minus sign, as in d cos(x)/dx = -sin(x)."),
    ("JAC102", "wrong-factor", "The derivative is a constant multiple of the right one.",
     "Look for a lost 2 of a square, a ½, or a mean taken for a sum."),
    ("JAC103", "transposed", "The Jacobian is the transpose of the right one.",
     "Rows belong to outputs, columns to inputs: J[out…, in…]."),
    ("JAC104", "missing-term", "One term of the derivative's sum is missing, as in a product rule with one of its two terms.",
     "Add the term that the message names."),
    ("JAC105", "extra-term", "The derivative's sum has a term that does not belong there, or one that is counted twice.",
     "Remove the term that the message names."),
    ("JAC106", "overwritten", "Of several uses of the variable only one counts: the others were overwritten, not added.",
     "Accumulate, as in x_bar += …, over every place where the variable is used."),
    ("JAC107", "missing-sum", "The variable is broadcast, but its derivative is that of a single position of the axis.",
     "Sum the derivative over every axis that the variable is broadcast over."),
    ("JAC108", "jvp-vjp-disagree", "The jvp and the vjp are not those of one Jacobian: <v, J u> differs from <J^T v, u>.",
     "One of the two is wrong; the rows of each say which."),
    ("JAC109", "outside-pattern", "An entry is not zero although the output does not depend on that element of the input.",
     "Compare the indices: say which output uses which input."),
    ("JAC110", "non-finite", "The derivative is NaN or infinite where the right one is finite.",
     "Look for 0/0, log(0) or an overflow in the formula of the derivative."),
    ("JAC111", "permuted", "The rows or the columns of the Jacobian are the right ones in another order.",
     "Compare the order of the outputs or inputs with the one the spec declares."),
    ("JAC112", "detached", "The derivative is zero everywhere where the right one is not.",
     "The path from this input to this output was cut, for example by a constant copy."),
    ("JAC113", "missing-factor", "A factor of the chain rule is missing, or appears twice.",
     "Multiply by the derivative of the inner function: d sin(x²)/dx = cos(x²) · 2x; the message names the factor."),
    ("JAC114", "no-subgradient", "At a kink each entry lies between its two slopes, but no subgradient has all of them.",
     "Share a tie out: of max(x, y) the weights add up to 1, [1, 0] or [1/2, 1/2], not [1, 1]."),
    ("JAC115", "not-linear", "The vjp or jvp is not linear: for a dense seed it does not equal the sum of its rows or columns.",
     "Derivatives are linear in the cotangent: remove clips, conditions on its sign, and products of two cotangents."),
    ("JAC201", "lower-precision",
     "The values are less precise than their dtype: lower precision inside, a loose tolerance, or cancellation.",
     "Compute in float64 and without differences of nearly equal numbers, tighten the tolerance of what iterates, or set "
     "rtol=1e-3 if that precision is enough."),
    ("JAC202", "kink", "The point lies on or beside a kink, where the function has two one-sided slopes.",
     "Check at another point, away from the kink."),
    ("JAC203", "step-window", "No step is small enough for the function's features and large enough for its rounding.",
     "Rescale the function, give the scale of its inputs (scale=, --scale), or check it at a point where it is smoother."),
    ("JAC204", "not-repeatable", "Two calls of the function at the same point give different values.",
     "Fix the seed inside the function, switch dropout off, or pass the random numbers in."),
    ("JAC205", "domain", "The function or both derivatives are not finite at or beside the point.",
     "Choose a point inside the domain of log, sqrt, division and the like."),
    ("JAC206", "staircase", "The values move in steps: the slope between two of them is not that of what they follow.",
     "Zero between the steps of a quantiser is right; a straight-through estimator cannot be confirmed from values."),
    ("JAC207", "no-power", "Rounding in the function can hide an error in this entry, of up to the size that the verdict names.",
     "Nothing is known to be wrong; rescale the function, choose another point, or judge a spec by --reference certified; for "
     "inputs that are small beside constants, scale= (--scale) says what steps are relative to."),
    ("JAC208", "budget", "The time that a check may take was over before there was a verdict.",
     "Raise --timeout, choose blocks with --of and --wrt, or check a smaller size of the same function."),
    ("JAC300", "cannot-run", "A spec, a function or a value of the command line cannot be used as it is named.",
     "The message says what is missing and where it can be given."),
    ("JAC301", "references-disagree", "Two independent references exclude each other, so that no verdict is given.",
     "One of them has a mistake, or the function has a feature too narrow for differences; please report it with the spec."),
    ("JAC302", "raised", "The function, or a derivative of it, raised an exception or cannot be called.",
     "Call it by hand at the point of the message."),
    ("JAC303", "answer", "What the function returns cannot be differentiated, or is not the same kind of thing at every point.",
     "Return floating-point arrays: one, or a tuple or dict of them, of the same shapes at every point."),
    ("JAC304", "inputs", "The inputs cannot be used, or none of them can be differentiated.",
     "Give finite floating-point arrays: one, or a tuple or mapping of them."),
    ("JAC305", "derivative-shape", "A derivative does not have the shape its output and its input ask for.",
     "A Jacobian has shape out.shape + in.shape, a cotangent that of its input, a tangent that of its output."),
    ("JAC306", "changes-its-input", "The function writes into the arrays it is given.",
     "Work on a copy, or write x = x * 2 for x *= 2."),
    ("JAC307", "no-rule", "The function has no derivative of this mode: a custom function without a rule for it.",
     "Nothing is wrong; write the rule if this mode is to be used."),
    ("JAC320", "import", "A function cannot be imported, or is not where the command line or a spec says.",
     "The message names the place; what is not to run on import belongs below if __name__ == \"__main__\"."),
    ("JAC321", "code-not-allowed", "A spec names code of yours in `target:`, and a spec by itself never runs code.",
     "Allow it with --allow-code, or JACCLI_ALLOW_CODE=true; under pytest also with allow-code = true under [tool.jaccli]."),
    ("JAC322", "process-ended", "The process that checked a spec or a function came to an end before it had a result.",
     "Run it by itself: the function ends the program, or needs more memory or time than there is."),
    ("JAC399", "internal-error", "This is a mistake of the program itself in one check; the others go on.",
     "Report it, with the message and what was checked. Nothing is known about these derivatives."),
)  # fmt: skip
