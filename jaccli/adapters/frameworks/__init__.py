"""One file for each framework, imported only where a function of that framework is judged."""
