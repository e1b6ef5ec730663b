"""A random number generator → a graph of smooth ops on small tensors, the same for the same generator."""

from jaccli.graph.ir import Graph
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, concatenate, contract, reshape, sum_over, swap, take

UNARY = (
    "tanh",
    "sin",
    "cos",
    "arctan",
    "sigmoid",
    "softplus",
    "gelu",
    "silu",
    "mish",
    "erf",
    "arcsinh",
    "neg",
    "relu",
    "abs",
)
BINARY = ("add", "sub", "mul", "arctan2", "hypot", "maximum", "minimum")


def random_graph(rng, steps=12, rank=None):
    """Return (graph, variables, output, values); the output has ``rank`` axes where that is given."""
    graph = Graph()
    shapes = {"x": (2,), "W": (3, 2), "s": (), "b": (3,)}
    variables = [graph.leaf(name, shape) for name, shape in shapes.items()]
    pool = list(variables)
    for _ in range(steps):
        pool.append(_step(rng, pool))
    total = pool[-1]
    for node in pool[len(variables) : -1]:  # no node is left unused
        total = total + sum_over(node, tuple(range(-len(node.shape), 0))).apply("tanh")
    while rank is not None and len(total.shape) > rank:
        total = sum_over(total, (-1,))
    values = {name: rng.uniform(-1.5, 1.5, size=shape) for name, shape in shapes.items()}
    return graph, variables, total, values


def _step(rng, pool):
    x = pool[rng.integers(len(pool))]
    kind = rng.integers(8)
    if kind <= 2:
        return x.apply(UNARY[rng.integers(len(UNARY))])
    if kind == 3:
        others = [y for y in pool if y.shape in (x.shape, ())]
        return x.apply(BINARY[rng.integers(len(BINARY))], others[rng.integers(len(others))])
    if kind == 4 and x.shape:
        return x.apply("softmax", axes=(-1,))
    if kind == 5 and x.shape:
        op = ("sum", "logsumexp", "norm", "max", "min")[rng.integers(5)]
        return (x + 0.25 * x * x).apply(op, axes=(-1,))
    if kind == 6:
        return _product(rng, x, pool)
    return _moved(rng, x)


def _product(rng, x, pool):
    if len(x.shape) == 2:
        vectors = [y for y in pool if y.shape == x.shape[1:]]
        return contract(x, vectors[0], "ij,j->i") if vectors else contract(x, swap(x), "ij,jk->ik")
    return contract(x, x, "i,j->ij") if len(x.shape) == 1 and x.shape[0] < 4 else x * x


def _moved(rng, x):
    size = x.node.size
    if not x.shape:
        return broadcast(x, (2,))
    if len(x.shape) == 2:
        return (swap(x), reshape(x, (size,)), x.apply("transpose", order=(1, 0)))[rng.integers(3)]
    picked = Literal(rng.integers(size, size=3))
    return take(x, picked) if rng.integers(2) else concatenate([x, x * 2], -1)
