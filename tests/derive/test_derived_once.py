"""The symbolic route's work: derived once for all points, counted, and the numbers are those of the formulas that are written."""

import mpmath
import numpy as np
import pytest
import sympy
from random_graphs import random_graph

import jaccli
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import Derivation, TooLarge, symbolic
from jaccli.graph.ir import Graph
from jaccli.ops.notation import contract, sum_over
