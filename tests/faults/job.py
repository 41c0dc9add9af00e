"""What the fault tests run and kill.

python -m tests.faults.job RUN_DIR ENGINE    one run
python -m tests.faults.job                   a run for each RUN_DIR on standard input, in a process
                                             of its own; writes its id, and a line when it ended
"""

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from tests.training.cases import Means, digits

from traindiff.store import RunStore
from traindiff.training import Inline, Processes, draw_masks, model_seeds, train_outputs

MODELS, CHUNK = 240, 4


@dataclass(frozen=True, kw_only=True)
class Slow(Means):
    """As `Means`, but long enough to be killed in mid-chunk."""

    def train(self, data: Any, masks: Any, seeds: Any, advance: Any) -> Any:
        time.sleep(0.01)
        return super().train(data, masks, seeds, advance)


def network() -> Any:
    from traindiff.algorithms.torch.algorithm import TorchAlgorithm
    from traindiff.augment import RandomNoise

    return TorchAlgorithm(
        name="network", epochs=2, batch_size=16, augment=(RandomNoise(),), device="cpu"
    )


def dask() -> Any:
    from traindiff.training.dask import Dask

    return Dask(workers=2)


ENGINES = {"inline": Inline, "one": lambda: Processes(workers=1), "two": Processes, "dask": dask}
ALGORITHMS = {"means": Slow, "network": network}


def outputs(run_dir: str, engine: str = "inline", algorithm: str = "means") -> Any:
    return trained(run_dir, engine, algorithm).outputs


def trained(run_dir: str, engine: str = "inline", algorithm: str = "means") -> Any:
    models, chunk = (MODELS, CHUNK) if algorithm == "means" else (40, 10)
    with RunStore.open(run_dir, {"job": 1}) as store:
        return train_outputs(
            ALGORITHMS[algorithm](),
            digits(60),
            digits(30, seed=1),
            draw_masks(models, 60, 0.5, seed=0),
            model_seeds(models, 0),
            engine=ENGINES[engine](),
            chunk=chunk,
            pieces=store,
            name="outputs/a",
        )


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_those_asked_for() -> None:
    for line in sys.stdin:
        child = os.fork()  # what takes long, importing, is done once
        if not child:
            outputs(line.strip())
            os._exit(0)
        say(child)
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    say("ready")
    if sys.argv[1:]:
        outputs(*sys.argv[1:])
    else:
        run_those_asked_for()
