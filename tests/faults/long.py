"""A run in the middle of long tasks, to be killed.

python -m tests.faults.long PLACE ENGINE    calls PLACE/script.py, which never ends, for two models
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.job import ENGINES
from tests.training.cases import Means, digits

from traindiff.algorithms.command.algorithm import CommandAlgorithm
from traindiff.training import draw_masks, model_seeds, train_outputs

SCRIPT = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "300"])
with open(os.path.join(sys.argv[1], "pids"), "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(file.name, os.path.join(sys.argv[2], f"pids-{os.getpid()}"))
time.sleep(300)
"""


@dataclass(frozen=True, kw_only=True)
class Deaf(Means):
    """Trains for long, and does not end when asked to."""

    place: str

    def train(self, data: Any, masks: Any, seeds: Any, advance: Any) -> Any:
        Path(self.place, f"pids-{os.getpid()}").write_text(str(os.getpid()))
        give_up = time.monotonic() + 300
        while time.monotonic() < give_up:
            try:
                time.sleep(1)
            except SystemExit:
                continue


def algorithm(place: str, kind: str) -> Any:
    if kind == "deaf":
        return Deaf(place=place)
    script = Path(place, "script.py")
    script.write_text(SCRIPT)
    command = ("python", str(script), "{directory}", place)
    return CommandAlgorithm(name="script", command=command)


if __name__ == "__main__":
    place, engine, kind = sys.argv[1:]
    train_outputs(
        algorithm(place, kind),
        digits(60),
        digits(30, seed=1),
        draw_masks(2, 60, 0.5, seed=0),
        model_seeds(2, 0),
        engine=ENGINES[engine](),
        chunk=1,
    )
