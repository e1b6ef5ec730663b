"""For tests of other projects: a pytest plug-in that collects ``*.jac.yaml``, and a fixture."""
