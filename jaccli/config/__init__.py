"""What holds for all runs of a project: ``JACCLI_…`` variables of the environment, then ``[tool.jaccli]`` of pyproject.toml."""

from jaccli.config.keys import KEYS, MOST_JOBS, one_of, words_of
from jaccli.config.layers import Config, Defaults, read_config
from jaccli.config.project import nearest

__all__ = ["KEYS", "MOST_JOBS", "Config", "Defaults", "nearest", "one_of", "read_config", "words_of"]
