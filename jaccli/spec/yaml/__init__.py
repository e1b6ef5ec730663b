"""YAML text → trees that know where everything stands, or what is wrong with the text."""
