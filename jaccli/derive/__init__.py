"""Graph → exact derivative: forward and reverse mode as graphs, and the symbolic route by SymPy's own rules."""
