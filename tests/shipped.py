"""What the shipped specs must give: their numbers at 50 digits, and what the literature says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Means over the 50 flowers of each species, in the order of iris.csv (Fisher 1936, Table II).
FISHER = np.array([[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]])


@dataclass(frozen=True)
class Shipped:
    """What a spec must give at its own point; numbers of 17 digits were computed with mpmath at 50 digits."""

    values: dict[str, Any] = field(default_factory=dict)
    jacobians: dict[str, Any] = field(default_factory=dict)  # "output/variable"
    points: int = 3
    wrong: tuple[str, ...] = ()  # ids of the checks that must fail, the file left out


TABLE = {
    "camera": Shipped(
        {"pixel": [355.60516222234027, 218.0102166861485]},
        {
            "pixel/X": [
                [100.70405451620544, -23.687843904328154, -38.649415347518375],
                [21.355445829726684, 107.76508438181923, -9.421596201409572],
            ],
            "pixel/w": [
                [15.477220733388692, 62.028387019290588, 39.21080504947363],
                [-56.361740841103064, 6.2623570659579853, 33.132855147822739],
            ],
            "pixel/t": [[110.15745121638948, 0, -7.8443478411181634], [0, 110.15745121638948, 4.8446769653091441]],
            "pixel/f": [0.071210324444680537, -0.043979566627703002],
        },
    ),
    "coffee": Shipped(
        {"y1": 2, "y2": 7.25},
        {"y1/x1": 2, "y1/x2": 0, "y1/x3": 0, "y2/x1": 1, "y2/x2": 3, "y2/x3": 0.5},
    ),
    "feedforward": Shipped(
        {"s": -0.082105013712946603},
        {
            "s/x": [0.8070575212803116, -0.76524105818861273, -0.87332049873493034],
            "s/W": [
                [0.37473975909504117, -0.74947951819008235, 1.4989590363801647],
                [-0.9151369618266292, 1.8302739236532584, -3.6605478473065168],
            ],
            "s/b": [0.74947951819008235, -1.8302739236532584],
            "s/u": [0.50052021119023521, 0.29131261245159091],
        },
    ),
    "gaussian_mixture": Shipped(
        {"L": -284.48896584624562},
        {
            "L/a": [-18.004803468461566, 18.004803468461566],
            "L/m": [-11.532097095043381, -2.2940889873611931],
            "L/s": [-11.589503493881765, -51.66673328071225],
        },
    ),
    "iris": Shipped(
        {"loss": math.log(2)},
        {"loss/w": (FISHER[0] + FISHER[1] - FISHER[2]) / 6, "loss/b": 1 / 6},  # every sigmoid is 1/2
    ),
    "gaussian_process": Shipped(
        {"L": -5.9659808263845616},
        {
            "L/theta": [-0.53485943062989057, 1.8670687709081242, -0.32223656722309631],
            "L/y": [
                1.1576545951439045,
                0.65570450743654435,
                -0.43360388413240675,
                0.18446452650533844,
                -0.82523457341386103,
            ],
        },
    ),
    "kalman": Shipped(
        {"mean": [1.64, 0.692], "cov": [[0.4, 0.12], [0.12, 0.856]]},
        {
            "mean/m": [[0.2, 0], [-0.24, 1]],
            "mean/y": [[0.8], [0.24]],
            "mean/P": [[[0.064, 0], [0, 0]], [[-0.0768, 0], [0.32, 0]]],
            "mean/R": [[[-0.256]], [[-0.0768]]],
            "cov/m": [[[0, 0], [0, 0]], [[0, 0], [0, 0]]],
            "cov/y": [[[0], [0]], [[0], [0]]],
            "cov/P": [
                [[[0.04, 0], [0, 0]], [[-0.048, 0.2], [0, 0]]],
                [[[-0.048, 0], [0.2, 0]], [[0.0576, -0.24], [-0.24, 1]]],
            ],
            "cov/R": [[[[0.64]], [[0.192]]], [[[0.192]], [[0.0576]]]],
        },
    ),
    "michaelis_menten": Shipped(
        {
            "r": [
                -35,
                -6,
                -9.1428571428571429,
                -19.142857142857143,
                -4.3157894736842105,
                -20.315789473684211,
                -8.6666666666666667,
                -1.6666666666666667,
                -11.625,
                -21.625,
                -15.898305084745763,
                -8.8983050847457627,
            ],
            "f": 3155.0042338845064,
        },
        {
            "r/V": [
                0.2,
                0.2,
                0.42857142857142857,
                0.42857142857142857,
                0.57894736842105263,
                0.57894736842105263,
                0.73333333333333333,
                0.73333333333333333,
                0.875,
                0.875,
                0.93220338983050847,
                0.93220338983050847,
            ],
            "r/K": [
                -410,
                -410,
                -627.55102040816327,
                -627.55102040816327,
                -624.65373961218837,
                -624.65373961218837,
                -501.11111111111111,
                -501.11111111111111,
                -280.2734375,
                -280.2734375,
                -161.9505889112324,
                -161.9505889112324,
            ],
            "f/V": -188.73969725061925,
            "f/K": 136920.0046599497,
        },
    ),
    "museums": Shipped(
        {"s": 2.3241077958368397},
        {
            "s/x": [0.29376654858027486, -0.43951390407392497, 0.77333077697344644],
            "s/W": [
                [0.083920599893954273, -0.16784119978790855, 0.33568239957581709],
                [0, 0, 0],
                [0.22811984172511798, -0.45623968345023596, 0.91247936690047192],
                [0, 0, 0],
                [0.13836167809507733, -0.27672335619015466, 0.55344671238030931],
            ],
            "s/b": [0.16784119978790855, 0, 0.45623968345023596, 0, 0.27672335619015466],
            "s/u": [
                0.063090198537666292,
                -0.087038845124582016,
                0.35399281361890609,
                -0.14350279533407252,
                -0.18654137169791785,
            ],
        },
    ),
    "predator_prey": Shipped(
        {"rate": [-9, 3]},
        {
            "rate/v": [[-0.9, -4], [0.5, 0.6]],
            "rate/alpha": [10, 0],
            "rate/beta": [-50, 0],
            "rate/gamma": [0, -5],
            "rate/delta": [0, 50],
        },
    ),
    "principal_component": Shipped(
        {"rho": 3.1753011185682327},
        {
            "rho/w": [-1.2152921700223714, -0.37209038031319911, 1.2152921700223714, 1.8118800894854586],
        },
    ),
    "relu_kink": Shipped({"h": 0}, {"h/x": 0}, points=1),
    "relu_neuron": Shipped({"h": 5}, {"h/x": 2}),
    "robot_arm": Shipped(
        {"hand": [0.81316031474261037, 0.97525794383043731]},
        {
            "hand/q": [[-0.97525794383043731, -0.49583240522623431], [0.81316031474261037, -0.064422247147762342]],
            "hand/l": [[0.87758256189037272, -0.12884449429552468], [0.479425538604203, 0.99166481045246862]],
        },
    ),
    "rosenbrock": Shipped(
        {"f": 24.2, "r": [-4.4, 2.2]},
        {"f/x": [-215.6, -88], "r/x": [[24, 10], [-1, 0]]},
    ),
    "sir": Shipped(
        {"rate": [-1.66116, 1.22116, 0.44]},
        {
            "rate/v": [[-0.00218, -1.66116, 0], [0.00218, 1.22116, 0], [0, 0.44, 0]],
            "rate/beta": [-0.99868938401048493, 0.99868938401048493, 0],
            "rate/gamma": [0, -1, 1],
        },
    ),
    "softmax_cross_entropy": Shipped(
        {"loss": 0.34901221676818639},
        {"loss/z": [-0.29461548730175884, 0.25949646034241912, 0.035119026959339724]},
    ),
    "wrong_on_purpose": Shipped(
        {"f1": 1.575, "f2": 8.1442176872376911},
        {"f1/x": 2.1, "f1/y": 2.25, "f2/x": 5, "f2/y": 0.76484218728448843},
        points=1,
        wrong=("f2/y[claim-p0]",),
    ),
    "least_squares/bard": Shipped(),
    "least_squares/brown_dennis": Shipped(),
    "least_squares/freudenstein_roth": Shipped(),
    "least_squares/helical_valley": Shipped(),
    "least_squares/jennrich_sampson": Shipped(),
    "least_squares/kowalik_osborne": Shipped(),
    "least_squares/meyer": Shipped(points=1),
    "least_squares/misra1a": Shipped(points=1),
    "least_squares/powell_singular": Shipped(),
    "least_squares/rat43": Shipped(points=1),
    "least_squares/thurber": Shipped(points=1),
    "least_squares/wood": Shipped(),
}


@dataclass(frozen=True)
class Published:
    """A number that stands in the literature, in the digits given there."""

    spec: str
    output: str
    value: float
    digits: int  # significant ones
    at: dict[str, Any] = field(default_factory=dict)  # nothing: the point of the spec


#: Where NIST certifies the least sum of squares to lie (Statistical Reference Datasets, nonlinear regression).
CERTIFIED = {
    "misra1a": {"b1": 238.94212918, "b2": 5.5015643181e-4},
    "rat43": {"b": [699.64151270, 5.2771253025, 0.75962938329, 1.2792483859]},
    "thurber": {
        "b": [1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349]
    },
    "kowalik_osborne": {"x": [0.19280693458, 0.19128232873, 0.12305650693, 0.13606233068]},  # MGH09
    "meyer": {"x": [5.6096364710e-3, 6181.3463463, 345.22363462]},  # MGH10
}
BARD = {"x": [0.08241058, 1.133037, 2.343695]}  # User guide for MINPACK-1, ANL-80-74 (1980), example of LMDER1
FIRST_COMPONENT = {"w": [0.36138659, -0.08452251, 0.85667061, 0.3582892]}  # scikit-learn's user guide, PCA of Iris
#: Moré, Garbow & Hillstrom (1981), where nothing else is said.
PUBLISHED = [
    Published("rosenbrock", "f", 24.2, 12),
    Published("rosenbrock", "f", 0, 12, {"x": [1, 1]}),
    Published("least_squares/freudenstein_roth", "f", 400.5, 12),
    Published("least_squares/freudenstein_roth", "f", 0, 12, {"x": [5, 4]}),
    Published("least_squares/freudenstein_roth", "f", 48.9842, 6, {"x": [11.4128, -0.89681]}),
    Published("least_squares/jennrich_sampson", "f", 124.362, 6, {"x": [0.25782, 0.25782]}),
    Published("least_squares/helical_valley", "f", 2500, 12),
    Published("least_squares/helical_valley", "f", 0, 12, {"x": [1, 0, 0]}),
    Published("least_squares/bard", "f", 8.21487e-3, 6, BARD),
    Published("least_squares/powell_singular", "f", 215, 12),
    Published("least_squares/powell_singular", "f", 0, 12, {"x": [0, 0, 0, 0]}),
    Published("least_squares/wood", "f", 19192, 12),
    Published("least_squares/wood", "f", 0, 12, {"x": [1, 1, 1, 1]}),
    Published("least_squares/kowalik_osborne", "f", 3.07505e-4, 5, CERTIFIED["kowalik_osborne"]),
    Published("least_squares/brown_dennis", "f", 85822.2, 6, {"x": [-11.5944, 13.2036, -0.403439, 0.236779]}),
    Published("least_squares/meyer", "f", 87.9458, 5, CERTIFIED["meyer"]),
    # NIST
    Published("least_squares/kowalik_osborne", "f", 3.0750560385e-4, 11, CERTIFIED["kowalik_osborne"]),
    Published("least_squares/meyer", "f", 87.945855171, 11, CERTIFIED["meyer"]),
    Published("least_squares/misra1a", "f", 0.12455138894, 11, CERTIFIED["misra1a"]),
    Published("least_squares/rat43", "f", 8786.4049080, 11, CERTIFIED["rat43"]),
    Published("least_squares/thurber", "f", 5642.7082397, 11, CERTIFIED["thurber"]),
    # Bates & Watts, Nonlinear Regression Analysis and Its Applications (1988), page 49
    Published("michaelis_menten", "f", 1195, 4, {"V": 212.7, "K": 0.06412}),
    # scikit-learn's user guide, PCA of Iris
    Published("principal_component", "rho", 4.22824171, 9, FIRST_COMPONENT),
]
