"""Identities of matrix calculus from the literature, each with the formula that must be printed and a wrong twin that must fail.

MC: Petersen & Pedersen, The Matrix Cookbook (version of 15 November 2012), by equation number. Other sources are named in full.
A claim is written in the spec language, in the shape of the block; the twin differs from it by one slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["IDENTITIES", "Identity", "spec_of"]


@dataclass(frozen=True)
class Identity:
    source: str
    inputs: str  # "x 3, A 3 3": names and shapes
    expression: str
    wrt: str
    right: str
    wrong: str
    printed: str
    let: tuple[tuple[str, str], ...] = ()


def I(*args: Any, **more: Any) -> Identity:  # noqa: E743, N802
    return Identity(*args, **more)


SQ = "X 3 3, A 3 3, B 3 3"
IDENTITIES = {
    "linear form": I("MC (69)", "x 3, a 3", "a @ x", "x", "a", "-a", "a"),
    "bilinear form": I("MC (70)", "X 3 4, a 3, b 4", "a @ X @ b", "X", "outer(a, b)", "2*outer(a, b)", "a bᵀ"),
    "bilinear form, transposed": I("MC (71)", "X 4 3, a 3, b 4", "a @ X.T @ b", "X", "outer(b, a)", "-outer(b, a)", "b aᵀ"),
    "quadratic in a": I("MC (72)", "X 3 3, a 3", "a @ X @ a", "X", "outer(a, a)", "2*outer(a, a)", "a aᵀ"),
    "Gram form": I("MC (77)", "X 4 3, b 3, c 3", "b @ X.T @ X @ c", "X", "X @ (outer(b, c) + outer(c, b))", "2 * X @ outer(b, c)", "X (b cᵀ + c bᵀ)"),
    "product of affine maps": I("MC (78)", "x 3, B 4 3, b 4, C 4 4, D 4 3, d 4", "(B @ x + b) @ C @ (D @ x + d)", "x", "B.T @ C @ (D @ x + d) + D.T @ C.T @ (B @ x + b)", "B.T @ C @ (D @ x + d) + D.T @ C @ (B @ x + b)", "Dᵀ Cᵀ (B x + b) + Bᵀ C (D x + d)"),
    "quadratic form": I("MC (81)", "x 3, B 3 3", "x @ B @ x", "x", "(B + B.T) @ x", "2 * B @ x", "(B + Bᵀ) x"),
    "weighted Gram form": I("MC (82)", "X 4 3, D 4 4, b 3, c 3", "b @ X.T @ D @ X @ c", "X", "D.T @ X @ outer(b, c) + D @ X @ outer(c, b)", "D @ X @ outer(b, c) + D @ X @ outer(c, b)", "D X c bᵀ + Dᵀ X b cᵀ"),
    "quadratic of an affine map": I("MC (83)", "X 4 3, D 4 4, b 3, c 4", "(X @ b + c) @ D @ (X @ b + c)", "X", "outer((D + D.T) @ (X @ b + c), b)", "outer(2 * D @ (X @ b + c), b)", "(D + Dᵀ) (X b + c) bᵀ"),
    "trace": I("MC (99)", "X 3 3", "trace(X)", "X", "eye(3)", "ones((3, 3))", "I"),
    "trace of a product": I("MC (100)", "X 3 4, A 4 3", "trace(X @ A)", "X", "A.T", "-A.T", "Aᵀ"),
    "trace of A X B": I("MC (101)", SQ, "trace(A @ X @ B)", "X", "A.T @ B.T", "B.T @ A.T", "Aᵀ Bᵀ"),
    "trace of A Xᵀ B": I("MC (102)", SQ, "trace(A @ X.T @ B)", "X", "B @ A", "A @ B", "B A"),
    "trace of Xᵀ A": I("MC (103)", "X 3 4, A 3 4", "trace(X.T @ A)", "X", "A", "2*A", "A"),
    "trace of A Xᵀ": I("MC (104)", "X 3 4, A 3 4", "trace(A @ X.T)", "X", "A", "-A", "A"),
    "trace of a square": I("MC (106)", "X 3 3", "trace(X @ X)", "X", "2 * X.T", "2 * X", "2 Xᵀ"),
    "trace of X² B": I("MC (107)", SQ, "trace(X @ X @ B)", "X", "(X @ B + B @ X).T", "X @ B + B @ X", "Bᵀ Xᵀ + Xᵀ Bᵀ"),
    "trace of Xᵀ B X": I("MC (108)", "X 3 4, B 3 3", "trace(X.T @ B @ X)", "X", "B @ X + B.T @ X", "2 * B @ X", "(B + Bᵀ) X"),
    "trace of X B Xᵀ": I("MC (111)", "X 4 3, B 3 3", "trace(X @ B @ X.T)", "X", "X @ B.T + X @ B", "2 * X @ B", "X (B + Bᵀ)"),
    "trace of A X B X": I("MC (114)", SQ, "trace(A @ X @ B @ X)", "X", "A.T @ X.T @ B.T + B.T @ X.T @ A.T", "A.T @ X.T @ B.T", "Bᵀ Xᵀ Aᵀ + Aᵀ Xᵀ Bᵀ"),
    "trace of a Gram matrix": I("MC (115)", "X 4 3", "trace(X.T @ X)", "X", "2 * X", "X", "2 X"),
    "trace of Xᵀ B X C": I("MC (117)", "X 3 4, B 3 3, C 4 4", "trace(X.T @ B @ X @ C)", "X", "B @ X @ C + B.T @ X @ C.T", "2 * B @ X @ C", "B X C + Bᵀ X Cᵀ"),
    "trace of an inverse product": I("MC (124)", SQ, "trace(A @ inv(X) @ B)", "X", "-(inv(X) @ B @ A @ inv(X)).T", "-(inv(X) @ B @ A @ inv(X))", "−X⁻ᵀ Aᵀ Bᵀ X⁻ᵀ"),
    "determinant": I("MC (49)", "X 3 3", "det(X)", "X", "det(X) * inv(X).T", "det(X) * inv(X)", "det(X) X⁻ᵀ"),
    "determinant of A X B": I("MC (51)", SQ, "det(A @ X @ B)", "X", "det(A @ X @ B) * inv(X).T", "inv(X).T", "det(A X B) Aᵀ (A X B)⁻ᵀ Bᵀ"),
    "log determinant": I("MC (57)", "X 3 3", "logdet(X)", "X", "inv(X).T", "inv(X)", "X⁻ᵀ"),
    "inverse between vectors": I("MC (61)", "X 3 3, a 3, b 3", "a @ inv(X) @ b", "X", "-inv(X).T @ outer(a, b) @ inv(X).T", "-inv(X) @ outer(a, b) @ inv(X)", "−X⁻ᵀ a bᵀ X⁻ᵀ"),
    "determinant of the inverse": I("MC (62)", "X 3 3", "det(inv(X))", "X", "-det(inv(X)) * inv(X).T", "det(inv(X)) * inv(X).T", "−det(X⁻¹) X⁻ᵀ"),
    "trace of a shifted inverse": I("MC (64)", "X 3 3, A 3 3", "trace(inv(X + A))", "X", "-(inv(X + A) @ inv(X + A)).T", "-(inv(X + A) @ inv(X + A))", "−(X + A)⁻ᵀ (X + A)⁻ᵀ"),
    "distance": I("MC (129)", "x 3, a 3", "norm(x - a)", "x", "(x - a) / norm(x - a)", "x - a", "(x − a)/‖x − a‖"),
    "unit vector": I("MC (130)", "x 3", "x / norm(x)", "x", "eye(3) / norm(x) - outer(x, x) / norm(x)**3", "eye(3) / norm(x) - outer(x, x) / norm(x)**2", "(I − x xᵀ/‖x‖²)/‖x‖"),
    "squared norm": I("MC (131)", "x 3", "norm(x)**2", "x", "2 * x", "x", "2 x"),
    "squared Frobenius norm": I("MC (132)", "X 3 4", "norm(X)**2", "X", "2 * X", "-2 * X", "2 X"),
    "norm": I("Minka (2000), Old and new matrix algebra useful for statistics", "x 3", "norm(x)", "x", "x / norm(x)", "x", "x/‖x‖"),
    "inverse": I("MC (60)", "X 3 3", "inv(X)", "X", "-einsum('ik,lj->ijkl', inv(X), inv(X))", "einsum('ik,lj->ijkl', inv(X), inv(X))", "dX ↦ −X⁻¹ dX X⁻¹"),
    "matrix product": I("Magnus & Neudecker, Matrix Differential Calculus: d(A X B) = A dX B", "X 3 4, A 2 3, B 4 2", "A @ X @ B", "X", "einsum('ik,lj->ijkl', A, B)", "2*einsum('ik,lj->ijkl', A, B)", "dX ↦ A dX B"),
    "congruence": I("Magnus & Neudecker: d(Xᵀ A X)", "X 3 2, A 3 3", "X.T @ A @ X", "X", "einsum('il,kj->ijkl', eye(2), A @ X) + einsum('jl,ik->ijkl', eye(2), X.T @ A)", "einsum('il,kj->ijkl', eye(2), A @ X)", "dX ↦ Xᵀ A dX + dXᵀ A X"),
    "solve by right side": I("Giles (2008), section 2.3.1", "A 3 3, b 3", "solve(A, b)", "b", "inv(A)", "inv(A).T", "A⁻¹"),
    "solve by matrix": I("Giles (2008), section 2.3.1", "A 3 3, b 3", "solve(A, b)", "A", "-einsum('ik,l->ikl', inv(A), inv(A) @ b)", "einsum('ik,l->ikl', inv(A), inv(A) @ b)", "dA ↦ −A⁻¹ dA A⁻¹ b"),
    "least squares": I("Bishop, Pattern Recognition and Machine Learning (2006), section 3.1.1", "A 4 3, x 3, b 4", "norm(A @ x - b)**2", "x", "2 * A.T @ (A @ x - b)", "A.T @ (A @ x - b)", "2 Aᵀ (A x − b)"),
    "softmax": I("Bishop (2006), eq. 4.106", "z 3", "softmax(z)", "z", "diag(f) - outer(f, f)", "diag(f) + outer(f, f)", "diag(f) − f fᵀ"),
    "log-sum-exp": I("Boyd & Vandenberghe, Convex Optimization (2004), section 3.1.5", "z 3", "logsumexp(z)", "z", "softmax(z)", "exp(z)", "softmax(z)"),
    "log-softmax": I("Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.2.2", "z 3", "log_softmax(z)", "z", "eye(3) - outer(ones(3), softmax(z))", "eye(3) - outer(softmax(z), ones(3))", "I − 𝟏 softmax(z)ᵀ"),
    "logistic regression": I("Bishop (2006), eq. 4.91", "X 4 3, w 3, t 4", "sum(softplus(X @ w) - t * (X @ w))", "w", "X.T @ (sigmoid(X @ w) - t)", "X.T @ (sigmoid(X @ w) + t)", "Xᵀ (sigmoid(X w) − t)"),
    "layer by weights": I("Nielsen, Neural Networks and Deep Learning (2015), eq. BP4", "W 3 4, x 4, b 3, u 3", "u @ h", "W", "outer(u * (1 - h**2), x)", "outer(u * (1 - h), x)", "(u ⊙ (1 − h²)) xᵀ", let=(("z", "W @ x + b"), ("h", "tanh(z)"))),
    "layer by input": I("Nielsen (2015), eq. BP2", "W 3 4, x 4, b 3, u 3", "u @ h", "x", "W.T @ (u * (1 - h**2))", "W.T @ u * 2", "Wᵀ (u ⊙ (1 − h²))", let=(("z", "W @ x + b"), ("h", "tanh(z)"))),
    "elementwise function": I("Magnus & Neudecker", "z 3", "sin(z)", "z", "diag(cos(z))", "diag(-cos(z))", "diag(cos(z))"),
    "elementwise polynomial": I("Laue, Mitterreiter & Giesen (2018)", "z 3", "z**2 + 1", "z", "2 * diag(z)", "diag(z)", "2 diag(z)"),
    "Hadamard product": I("Laue, Mitterreiter & Giesen (2018)", "x 3, y 3", "x * y", "x", "diag(y)", "diag(x)", "diag(y)"),
    "linear layer by weights": I("Magnus & Neudecker: d(W x) = dW x", "W 3 4, x 4", "W @ x", "W", "einsum('ij,k->ijk', eye(3), x)", "-einsum('ij,k->ijk', eye(3), x)", "dW ↦ dW x"),
    "outer product": I("Magnus & Neudecker: d(x xᵀ)", "x 3", "outer(x, x)", "x", "einsum('ik,j->ijk', eye(3), x) + einsum('jk,i->ijk', eye(3), x)", "einsum('ik,j->ijk', eye(3), x)", "dx ↦ dx xᵀ + x dxᵀ"),
    "mean": I("Laue, Mitterreiter & Giesen (2018)", "x 3", "mean(x**2)", "x", "2 * x / 3", "2 * x", "2 x/3"),
    "exponential of a linear form": I("MC (69) and the chain rule", "a 3, x 3", "exp(a @ x)", "x", "f * a", "a", "f a"),
}  # fmt: skip


def spec_of(identity: Identity, claim: str) -> dict[str, Any]:
    """Return the spec that claims a derivative for an identity."""
    variables = {}
    for part in identity.inputs.split(","):
        name, *sizes = part.split()
        variables[name] = {"shape": [int(size) for size in sizes], "init": "normal"}
    spec: dict[str, Any] = {"inputs": variables, "outputs": {"f": identity.expression}}
    if identity.let:
        spec["let"] = dict(identity.let)
    return {**spec, "jacobian": {"f": {identity.wrt: claim}}}
