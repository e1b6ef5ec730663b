"""Functions of other libraries that the language lacks: the formula to write instead, or that there is none."""

from __future__ import annotations

__all__ = ["FORMULAS", "LACKING", "lacking"]

#: Functions | a formula that is the same, in numbers a, b, c, k, n, t, x, y, z, vectors u, v, w, square matrices A to D | when.
_FORMULAS = """
log1mexp | log(-expm1(-x)) | for log(1 - exp(-x))
logexpm1 | x + log(-expm1(-x))
log1pexp log1exp | softplus(x)
logdiffexp | x + log(-expm1(y - x)) | for x > y
cosm1 | -2*sin(x / 2)**2
powm1 | expm1(y*log(x)) | for x > 0
exp10 pow10 | 10**x
pow2 | 2**x
ldexp | x * 2**n
rsqrt | 1 / sqrt(x)
sqr | x**2
cube | x**3
nthroot surd | x**(1/n) | for x > 0
fma | x*y + z
fdim | maximum(x - y, 0)
copysign | abs(x) * sign(y)
sinpi | sin(pi*x)
cospi | cos(pi*x)
tanpi | tan(pi*x)
sind sindg | sin(radians(x))
cosd cosdg | cos(radians(x))
tand | tan(radians(x))
rad | radians(x)
deg degree | degrees(x)
asind | degrees(arcsin(x))
acosd | degrees(arccos(x))
atand | degrees(arctan(x))
sine | sin(x)
cosine | cos(x)
tangent tg | tan(x)
ctg cot cotan | 1 / tan(x)
arctg | arctan(x)
sh | sinh(x)
ch | cosh(x)
th | tanh(x)
lg | log10(x)
lb | log2(x)
sec | 1 / cos(x)
csc cosec | 1 / sin(x)
sech | 1 / cosh(x)
csch | 1 / sinh(x)
coth | 1 / tanh(x)
cosh2 | cosh(x)**2
acot arccot | arctan(1 / x)
asec arcsec | arccos(1 / x)
acsc arccsc | arcsin(1 / x)
asech arcsech | arccosh(1 / x)
acsch arccsch | arcsinh(1 / x)
acoth arccoth | arctanh(1 / x)
versin | 1 - cos(x)
haversin haversine | sin(x / 2)**2
gudermannian | 2*arctan(tanh(x / 2))
sgn signum Sign | sign(x)
UnitStep | heaviside(x, 1)
Heaviside step | heaviside(x, 0.5)
ramp Ramp | relu(x)
logistic | sigmoid(x)
log_expit | log_sigmoid(x)
clamp clip_by_value | clip(x, a, b)
clamp_min | maximum(x, a)
clamp_max | minimum(x, b)
saturate | clip(x, 0, 1)
lerp mix | x + t*(y - x)
smoothstep | x**2 * (3 - 2*x) | for x from 0 to 1
Max | maximum(x, y)
Min | minimum(x, y)
Power | x**y
Plus plus | x + y
Times times mul | x * y
Mean reduce_mean | mean(v)
gmean geometric_mean | exp(mean(log(v))) | for v > 0
hmean harmonic_mean | 1 / mean(1 / v) | for v > 0
minus sub | x - y
rdivide Divide div Rational | x / y
square_difference squared_difference | (x - y)**2
angle | arctan2(y, x)
addcmul | a + x*y
addcdiv | a + x/y
tgamma | gamma(x)
rgamma | 1 / gamma(x)
gammasgn | sign(gamma(x))
factorial fact | gamma(n + 1)
comb binom binomial nchoosek Binomial | exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
betaln lbeta logbeta log_beta | gammaln(a) + gammaln(b) - gammaln(a + b)
poch | gamma(x + n) / gamma(x)
trigamma | polygamma(1, x)
tetragamma | polygamma(2, x)
harmonic | digamma(x + 1) - digamma(1)
erfcx | exp(x**2) * erfc(x) | for x below 26
log_ndtr norm.logcdf | log(ndtr(x)) | for x above -37
entr | -xlogy(x, x)
rel_entr | xlogy(x, x / y)
boxcox | (x**a - 1) / a | for a ≠ 0
boxcox1p | expm1(a*log1p(x)) / a | for a ≠ 0
inv_boxcox | (a*x + 1)**(1/a) | for a ≠ 0
norm.cdf normcdf norm_cdf normal_cdf pnorm Phi | ndtr(x)
norm.sf | ndtr(-x)
norm.pdf normpdf norm_pdf normal_pdf dnorm phi | exp(-x**2 / 2) / sqrt(2*pi)
norm.logpdf | -x**2 / 2 - log(2*pi) / 2
pseudo_huber | a**2 * (sqrt(1 + (x/a)**2) - 1)
smooth_l1_loss | mean(where(abs(v - w) < 1, (v - w)**2 / 2, abs(v - w) - 0.5))
celu | where(x > 0, x, a*expm1(minimum(x, 0) / a))
softshrink | sign(x) * maximum(abs(x) - t, 0)
hardshrink | where(abs(x) > t, x, 0)
threshold | where(x > t, x, a)
quick_gelu | x * sigmoid(1.702*x)
squareplus | (x + sqrt(x**2 + 4)) / 2
crelu | concatenate([relu(v), relu(-v)])
log_cosh logcosh | abs(x) + softplus(-2*abs(x)) - log(2)
prelu | leaky_relu(x, a)
glu | u * sigmoid(v)
rmse | sqrt(mean((v - w)**2))
rms | sqrt(mean(v**2))
l2_loss | sum(v**2) / 2
sumsq | sum(v**2)
norm2 Norm | norm(v)
bce | -mean(t*log(x) + (1 - t)*log1p(-x))
bce_with_logits | mean(t*softplus(-x) + (1 - t)*softplus(x))
softmax_cross_entropy | -sum(w * log_softmax(v))
normalize l2_normalize Normalize unit | v / norm(v)
cosine_similarity | v @ w / (norm(v) * norm(w))
dist distance euclidean pairwise_distance | norm(v - w)
logcumsumexp | log(cumsum(exp(v)))
cdist | norm(A[:, None] - B[None], axis=-1)
zscore | (v - mean(v)) / std(v)
mm bmm mmul mtimes chain_matmul | A @ B
mv matvec | A @ v
addmm | A + A @ B
addr | A + outer(u, v)
addmv | u + A @ v
ger | outer(u, v)
hadamard | A * B
quadratic_form | v @ A @ v
bilinear | u @ A @ v
mpower | matrix_power(A, 3)
tr Tr Trace | trace(A)
ctranspose adjoint hermitian Transpose T | A.T
inverse Inverse matrix_inverse | inv(A)
adjugate | det(A) * inv(A) | for det(A) ≠ 0
Determinant | det(A)
mldivide ldivide linsolve LinearSolve solve_triangular | solve(A, v)
cho_solve | solve(A, v) | with A itself
mrdivide | solve(B.T, A.T).T
logabsdet | logdet(A)
chol | cholesky(A).T
Total reduce_sum Sum | sum(v)
skew hat wedge cross_matrix skew_symmetric | array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
unskew vee | array([A[2, 1], A[0, 2], A[1, 0]])
vander | v[:, None]**arange(4) | with powers from the left
vec | ravel(A.T)
sym | (A + A.T) / 2
Matrix matrix | array([[x, y], [y, z]])
block | vstack([hstack([A, B]), hstack([C, D])])
block_diag blkdiag | vstack([hstack([A, zeros((3, 3))]), hstack([zeros((3, 3)), B])])
cov | (A - mean(A, axis=0)).T @ (A - mean(A, axis=0)) / 2 | with the number of rows less 1
reduce_max | max(v)
reduce_min | min(v)
reduce_prod product Product | prod(v)
reduce_logsumexp | logsumexp(v)
trapz | trapezoid(v, u)
numel | size(A)
length | len(v)
nnz | count_nonzero(v)
repmat | tile(A, (2, 3))
circshift | roll(v, 1)
horzcat | hstack([A, B])
vertcat | vstack([A, B])
cat insert | concatenate([u, v])
permute | transpose(A, (1, 0))
conv | convolve(u, v)
correlate | convolve(u, flip(v), 'valid')
masked_fill | where(A > 0, B, A)
view | reshape(A, (9,))
unflatten | reshape(v, (1, 3))
atleast_3d | A[:, :, None]
unsqueeze | expand_dims(v, 0)
full_like | a * ones_like(A)
ediff1d | diff(v)
split chunk | v[:2] | and v[2:]
narrow | v[1:3]
gather index_select delete | v[[0, 2]]
logspace | 10**linspace(0, 2, 5)
rollaxis | moveaxis(A, 0, 1)
empty | zeros((2, 3))
empty_like | zeros_like(A)
If ifelse if_else iif ite | where(x > 0, y, z)
select piecewise Piecewise Which Switch | where(x < 0, a, where(x < 1, b, c))
And | (x > 0) & (y > 0)
Or | (x > 0) | (y > 0)
Not | ~(x > 0)
isclose | abs(x - y) < 1e-9
bool | x != 0
"""
#: = what is lacking | what is nearest to it; then the functions of that kind.
_KINDS = """
= Bessel functions
jv jn j0 j1 yv yn y0 y1 iv ive i0 i0e i1 i1e kv kve kn k0 k0e k1 k1e besselj bessely besseli besselk BesselJ BesselY BesselI
BesselK bessel_i0 bessel_i1 bessel_j0 hankel1 hankel2 spherical_jn spherical_yn jinc airy airyai Ai Bi kelvin ber bei struve
= incomplete gamma and beta functions
gammainc gammaincc gammaincinv igamma igammac uppergamma lowergamma betainc betaincinv betai BetaRegularized
GammaRegularized chdtr fdtr stdtr bdtr gdtr btdtr pdtr nbdtr pgamma qgamma pbeta qbeta multigammaln mvlgamma
= elliptic integrals and functions
ellipk ellipkm1 ellipe ellipkinc ellipeinc ellipj ellipke EllipticK EllipticE elliptic_k sn cn dn
= exponential and related integrals
expi expint exp1 expn Ei E1 ei li Li sici shichi Si Ci si ci fresnel dawsn dawson erfi wofz voigt_profile spence dilog
polylog PolyLog lerch zeta Zeta zetac eta hurwitz owens_t
= hypergeometric functions and orthogonal polynomials
hyp0f1 hyp1f1 hyp2f1 hyperu meijerg legendre eval_legendre lpmv chebyt eval_chebyt hermite eval_hermite laguerre jacobi
gegenbauer sph_harm
= inverse error functions and Lambert's W
erfinv erfcinv ndtri norminv qnorm probit lambertw LambertW ProductLog wrightomega norm.ppf norm.isf
= functions of matrices by a series | of a diagonal matrix it is that of each element on the diagonal
expm logm sqrtm cosm sinm tanm coshm sinhm tanhm signm funm fractional_matrix_power MatrixExp matrix_exp matrix_log expm_multiply
= eigenvalues and singular values | norm(A, 2) and norm(A, 'nuc') are
eig eigh eigvals eigvalsh eigs svd svdvals cond schur hess Eigenvalues null null_space orth
= factors of matrices | cholesky(A) is, and solve, inv, det and logdet need none
lu lu_factor LUDecomposition ldl polar qr_multiply
= integrals | write trapezoid(y, x) over places that are given
integrate quad quadgk dblquad nquad Integral Integrate simpson simps romb fixed_quad cumtrapz cumulative_trapezoid
= solvers | make the solution an input, and its equation an output
fsolve fzero root brentq newton bisect rsolve nsolve NSolve FindRoot roots fixed_point minimize fminsearch fmin_bfgs argminimize
linprog odeint solve_ivp ode45 NDSolve dsolve custom_root
= Fourier transforms | write sums with cos and sin of the frequencies
fft ifft rfft irfft fft2 ifft2 fftn dct idct dst hilbert fftshift stft Fourier fftconvolve oaconvolve
= loops over functions | write the array expression
map vmap reduce fold scan fori_loop while_loop apply_along_axis vectorize fromfunction foldl Table Map Array
= random numbers | give the input an `init:` or a `range:`
rrelu rand randn random normal uniform randint randperm bernoulli choice seed
= these layers | `jac info --ops` lists those that are
conv3d avg_pool3d max_pool3d max_unpool1d max_unpool2d max_unpool3d batch_norm3d TransformerDecoder
AvgPool3d MaxPool3d Conv3d BatchNorm3d MaxUnpool1d MaxUnpool2d MaxUnpool3d
interpolate upsample pixel_shuffle group_norm
= ways to stop a derivative | give the value under `constants:`
stop_gradient detach StopGradient no_grad lax.stop_gradient custom_vjp custom_jvp custom_gradient checkpoint
= derivatives inside a formula | `jac compute` and `jac gradcheck` print them
grad Grad derivative Derivative D idiff diffs jacobian hessian Jacobian Hessian curl laplacian Laplacian divergence jacfwd jacrev dx
partial limit Limit series Series taylor
= convolutions of this kind | convolve, conv1d and conv2d are
convolve2d correlate2d deconvolve
= fits and splines
polyfit spline CubicSpline interp1d interp2d griddata pchip PchipInterpolator splev BSpline polyder polyint poly lfilter
filter
= structured matrices by name | write the matrix under `constants:`
toeplitz hankel circulant hilb hadamard_matrix dft companion rosser pascal magic kronsum vech
= generalised functions
DiracDelta dirac diracdelta LeviCivita KroneckerDelta levi_civita
= sparse selections
sparsemax entmax gumbel_softmax topk top_k kthvalue mode
"""


def _formulas() -> dict[str, tuple[str, str]]:
    rows = [line.split(" | ") for line in _FORMULAS.strip().splitlines()]
    return {name: (formula, more[0] if more else "") for names, formula, *more in rows for name in names.split()}


def _lacking() -> dict[str, str]:
    found, sentence = {}, ""
    for line in _KINDS.strip().splitlines():
        if line.startswith("= "):
            kind, _, nearest = line[2:].partition(" | ")
            sentence = f"{kind} are not part of the language"
            sentence += f"; {nearest}" if nearest else ""
        else:
            found.update(dict.fromkeys(line.split(), sentence))
    return found


#: Function → a formula that is the same, and for which x.
FORMULAS = _formulas()
#: Function → the sentence that it is lacking.
LACKING = _lacking()


def lacking(name: str) -> str | None:
    """Return what to write for a function that other libraries have; None where it is not one of theirs.

    Example: ``lacking("log1pexp")  # "write softplus(x)"``.
    """
    if name in FORMULAS:
        formula, condition = FORMULAS[name]
        return f"write {formula}{f', {condition}' if condition else ''}"
    return LACKING.get(name)
