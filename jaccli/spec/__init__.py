"""Text → Spec: the YAML reader, the expression grammar, the schema, and the points a spec is looked at."""
