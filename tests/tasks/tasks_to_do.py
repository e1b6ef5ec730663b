"""Tasks for workers: what they import is imported in each of their processes, so this is little."""

import os
import threading
import time
from pathlib import Path

import numpy as np


def behave(task: str) -> str:
    match task:
        case "raise":
            raise ValueError("of the task")
        case "exit":
            os._exit(3)
        case "hang":
            threading.Event().wait()
        case "pid":
            return str(os.getpid())
        case "slow":
            time.sleep(2)
    return task


def marked(path: str) -> None:
    Path(f"{path}.new").write_text(str(os.getpid()))
    os.replace(f"{path}.new", path)
    threading.Event().wait()


def cubes(x):
    return x**3


def slopes(x):
    return np.diag(3 * x**2)


def wrong_slopes(x):
    return np.diag(3.01 * x**2)


def ends(x):
    os._exit(5)
