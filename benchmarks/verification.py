"""Is verification honest, does it find what was planted, is it fast? (METHOD §6)

    python benchmarks/verification.py                      # all sections but the planted cases
    python benchmarks/verification.py planted --seeds 5    # trains hundreds of models a case

coverage   intervals that hold the true effect, in simulated model x input effects; bar 95% ± 2%
confirmed  ineffective transformations declared confirmed; bar at most 5%
speed      20 hypotheses x 5 strengths x 20 models x 500 images of 28x28; bar at most 60 s
planted    the automatic top proposal for the planted direction is the planted feature (with two
           planted: of both their directions), and is confirmed; bar 80% of runs

Each section's table is printed and kept in benchmarks/results/verification_SECTION.txt.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from cases import blind_recipes

from traindiff.datasets import Dataset
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.seeding import stream
from traindiff.statistics.bootstrap import two_way_interval
from traindiff.transforms.kinds import parse
from traindiff.verification import verify

RESULTS = Path(__file__).parent / "results"
MODELS, INPUTS = (5, 20, 100), (20, 500)


@dataclass(frozen=True)
class Effects:
    """A population of model x input effects: standard deviations, and how inputs are skewed."""

    by_model: float
    by_input: float
    noise: float
    skewed: bool = False

    def draw(self, random: np.random.Generator, models: int, inputs: int) -> np.ndarray:
        row = self.by_model * random.normal(size=(models, 1))
        if self.skewed:
            column = self.by_input * (random.exponential(size=(1, inputs)) - 1)
        else:
            column = self.by_input * random.normal(size=(1, inputs))
        return 0.3 + row + column + self.noise * random.normal(size=(models, inputs))


POPULATIONS = {
    "models differ most": Effects(1.0, 0.3, 1.0),
    "inputs differ most": Effects(0.1, 1.0, 0.5),
    "both alike": Effects(0.3, 1.0, 1.0),
    "skewed inputs": Effects(0.3, 1.0, 0.5, skewed=True),
    "noise only": Effects(0.0, 0.0, 1.0),
}


def coverage(simulations: int) -> Iterator[str]:
    """Yield the share of intervals that hold the true mean effect."""
    yield f"coverage of 95% intervals, {simulations} simulations a cell (bar: 93 to 97)"
    yield f"{'population':<20}" + "".join(f"{f'{m}x{n}':>9}" for m in MODELS for n in INPUTS)
    for name in POPULATIONS:
        cells = [_covered(name, m, n, simulations) for m in MODELS for n in INPUTS]
        yield f"{name:<20}" + "".join(f"{cell:>9.1%}" for cell in cells)


def _covered(name: str, models: int, inputs: int, simulations: int) -> float:
    effects, random, hits = POPULATIONS[name], stream(0, "coverage", name, models, inputs), 0
    for seed in range(simulations):
        values = effects.draw(random, models, inputs)
        interval = two_way_interval(values, seed=seed, resamples=500)
        hits += interval.low <= 0.3 <= interval.high
    return hits / simulations


@dataclass(frozen=True)
class Linear:
    """Two-class models; log-odds are weights [models, pixels] times pixels, plus a bias."""

    weights: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        odds = self.weights @ (inputs.reshape(len(inputs), -1).T - 0.5)
        return np.stack([np.zeros_like(odds), odds], axis=-1).astype(np.float32)

    def arrays(self) -> None:
        return None


def confirmed(simulations: int) -> Iterator[str]:
    """Yield how often verification confirms what is not (epsilon, delta)-distinguishing."""
    cases = {
        "no effect on either": (0.0, 0.0),
        "A against A, both moved": (0.6, 0.6),
        "A moved by exactly delta": (0.5, 0.0),
        "B moved by exactly epsilon": (2.0, 0.1),
    }
    yield f"confirmed though it should not be, {simulations} runs a cell (bar: at most 5.0%)"
    yield f"{'case':<28}" + "".join(f"{f'{m} models':>12}" for m in (5, 20))
    for name, (a, b) in cases.items():
        rates = [_confirmed(a, b, models, simulations) for models in (5, 20)]
        yield f"{name:<28}" + "".join(f"{rate:>12.1%}" for rate in rates)


def _confirmed(a: float, b: float, models: int, simulations: int) -> float:
    """Return the share confirmed when a white pixel moves A's log-odds by a, B's by b."""
    patch = Hypothesis(
        name="pixel",
        transform=parse("patch(size=1)"),
        author="benchmark",
        aim=Aim(output="margin", class_name="yes", inputs="class"),
    )
    count = 0
    for seed in range(simulations):
        random = stream(seed, "confirmed", models)
        inputs = random.random((100, 1, 4, 4), dtype=np.float32)
        inputs[:, 0, 0, 0] = 0
        data = Dataset(
            name="pixels",
            modality="image",
            inputs=inputs,
            labels=np.arange(100) % 2,
            class_names=("no", "yes"),
            ids=tuple(map(str, range(100))),
        )
        sides = []
        for effect in (a, b):
            weights = random.normal(size=(models, 16))
            weights[:, 0] = effect + 0.1 * random.normal(size=models)
            sides.append(Linear(weights))
        [verdict] = verify(
            [patch], *sides, data, epsilon=0.1, delta=0.5, strengths=(), resamples=300, seed=seed
        )
        count += verdict.state == "confirmed"
    return count / simulations


class Mlp:
    """Twenty random MLPs 784-64-10 in PyTorch: the cost of a forward pass, not its meaning."""

    def __init__(self, seed: int, models: int = 20) -> None:
        draw = torch.Generator().manual_seed(seed)
        self.first = torch.randn(models, 784, 64, generator=draw) / 28
        self.second = torch.randn(models, 64, 10, generator=draw) / 8

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        flat = torch.from_numpy(inputs.reshape(1, len(inputs), -1))
        return (torch.relu(flat @ self.first) @ self.second).numpy()

    def arrays(self) -> None:
        return None


def speed() -> Iterator[str]:
    """Yield the seconds that 20 hypotheses take."""
    random = stream(0, "speed")
    data = Dataset(
        name="noise",
        modality="image",
        inputs=random.random((500, 1, 28, 28), dtype=np.float32),
        labels=np.arange(500) % 10,
        class_names=tuple("0123456789"),
        ids=tuple(map(str, range(500))),
    )
    kinds = ("patch(size=5)", "shift(dx=2)", "blur", "texture", "rotate", "flip", "lowpass")
    base = Hypothesis(
        name="h", transform=parse("flip"), author="benchmark", aim=Aim(output="margin")
    )
    hypotheses = [
        replace(base, name=f"h{i}", transform=parse(kinds[i % len(kinds)])) for i in range(20)
    ]
    start = time.perf_counter()
    verify(hypotheses, Mlp(0), Mlp(1), data, strengths=(0.2, 0.4, 0.6, 0.8, 1.0), seed=0)
    seconds = time.perf_counter() - start
    yield f"20 hypotheses x 5 strengths x 20 models x 500 images: {seconds:.1f} s (bar: 60)"


def planted(seeds: int) -> Iterator[str]:
    """Yield how often the top proposal is the planted feature and is confirmed."""
    yield f"{'planted case':<16}{'runs':>5}{'significant':>13}{'top':>6}{'confirmed':>11}{'s':>7}"
    for name, case in blind_recipes.CASES.items():
        start = time.perf_counter()
        runs = [case(seed) for seed in range(seeds)]
        sums = np.sum([(run.significant, run.top, run.confirmed) for run in runs], axis=0)
        seconds = (time.perf_counter() - start) / seeds
        yield f"{name:<16}{seeds:>5}{sums[0]:>13}{sums[1]:>6}{sums[2]:>11}{seconds:>7.0f}"
        yield from (f"    {run.words}" for run in runs)


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", default=["coverage", "confirmed", "speed"])
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    sections = {
        "coverage": lambda: coverage(options.simulations),
        "confirmed": lambda: confirmed(options.simulations),
        "speed": speed,
        "planted": lambda: planted(options.seeds),
    }
    for section in options.sections:
        command = f"$ python benchmarks/verification.py {section}"
        lines = [f"{command} --seeds {options.seeds}" if section == "planted" else command, ""]
        for line in sections[section]():
            print(line, flush=True)
            lines.append(line)
        (RESULTS / f"verification_{section}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
