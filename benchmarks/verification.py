"""Is verification honest, does it find what was planted, is it fast? (METHOD §6)

    python benchmarks/verification.py                      # all sections but the planted cases
    python benchmarks/verification.py planted --seeds 5    # trains hundreds of models a case

coverage   intervals that hold the true effect, in simulated model x input effects; bar 95% ± 2%
rates      the same where few inputs flip, or inputs come in families; bar at least 93%
confirmed  ineffective transformations declared confirmed, or contrasts where there is none; bar at
           most 5%
speed      20 hypotheses x 5 strengths x 20 models x 500 images of 28x28; bar at most 60 s
planted    the automatic top proposal for the planted direction is the planted feature (with two
           planted: of both their directions), and is confirmed; bar 80% of runs

Each section's table is printed and kept in benchmarks/results/verification_SECTION.txt.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from cases import blind_recipes

from traindiff.datasets import Dataset
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.seeding import stream
from traindiff.statistics.bootstrap import two_way_difference, two_way_interval
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


def _all_models(random: np.random.Generator, models: int, inputs: int, share: float) -> np.ndarray:
    return np.tile(random.random(inputs) < share, (models, 1)).astype(float)


def _both_signs(random: np.random.Generator, models: int, inputs: int) -> np.ndarray:
    drawn = np.tile(random.random(inputs), (models, 1))
    return (drawn < 0.05) - 1.0 * (drawn > 0.975)


def _own_rate(random: np.random.Generator, models: int, inputs: int) -> np.ndarray:
    return (random.random((models, inputs)) < random.beta(0.1, 0.9, size=inputs)).astype(float)


FAMILIES = 20
RATES: dict[str, tuple[Callable[..., np.ndarray], float]] = {
    "5% flip, in all models": (lambda r, m, n: _all_models(r, m, n, 0.05), 0.05),
    "2.5% flip, in all models": (lambda r, m, n: _all_models(r, m, n, 0.025), 0.025),
    "30% flip, in all models": (lambda r, m, n: _all_models(r, m, n, 0.3), 0.3),
    "each input a rate of its own": (_own_rate, 0.1),
    "5% of all cells flip": (lambda r, m, n: (r.random((m, n)) < 0.05) * 1.0, 0.05),
    "5% rise, 2.5% fall": (_both_signs, 0.025),
}
"""Changes of a prediction by name, with the true mean effect."""


def rates(simulations: int) -> Iterator[str]:
    """Yield the share of intervals that hold the truth, where a bootstrap sees too little."""
    sizes = ((5, 20), (5, 50), (20, 20), (20, 100), (20, 500))
    yield f"coverage of 95% intervals, {simulations} simulations a cell (bar: at least 93)"
    yield f"{'population':<32}" + "".join(f"{f'{m}x{n}':>9}" for m, n in sizes)
    rows: dict[str, Callable[[np.random.Generator, int, int, int], bool]] = {
        **{name: _rate_held(*case) for name, case in RATES.items()},
        "A 30%, B 25% of the same inputs": _difference_held,
        f"{FAMILIES} families": _family_held,
        f"{FAMILIES} families, unequal": _unequal_held,
        f"{FAMILIES} families, 10% flip": _family_rate_held,
        "no exact bounds: 2.5% flip": _plain_held,
        "no families: 20 families": _alone_held,
        "a tenth of the models collapse": _collapse_held,
    }
    for name, held in rows.items():
        yield f"{name:<32}" + "".join(f"{_share(held, name, *s, simulations):>9.1%}" for s in sizes)
    yield "the last three are not what is used, or can't be: 5 models hold no collapsed one in 59%"


def _share(held: Callable[..., bool], name: str, models: int, inputs: int, runs: int) -> float:
    random = stream(0, "rates", name, models, inputs)
    return float(np.mean([held(random, models, inputs, seed) for seed in range(runs)]))


def _rate_held(draw: Callable[..., np.ndarray], truth: float) -> Callable[..., bool]:
    def held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
        values = draw(random, models, inputs)
        found = two_way_interval(values, counts="changes", seed=seed, resamples=300)
        return bool(found.low <= truth <= found.high)

    return held


def _difference_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    drawn = np.tile(random.random(inputs), (models, 1))
    a, b = (drawn < 0.3) * 1.0, (drawn < 0.25) * 1.0
    found = two_way_difference(a, b, counts="changes", seed=seed, resamples=300)
    return bool(found.low <= 0.05 <= found.high)


def _in_families(
    random: np.random.Generator, models: int, families: np.ndarray, seed: int, *, known: bool
) -> bool:
    common = random.normal(size=FAMILIES)[families]
    own = 0.5 * random.normal(size=(models, len(families)))
    values = 0.3 + 0.1 * random.normal(size=(models, 1)) + common + own
    units = families if known else None
    found = two_way_interval(values, families=units, seed=seed, resamples=300)
    return bool(found.low <= 0.3 <= found.high)


def _equal(inputs: int) -> np.ndarray:
    return np.arange(max(inputs, 2 * FAMILIES)) % FAMILIES


def _family_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    return _in_families(random, models, _equal(inputs), seed, known=True)


def _alone_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    return _in_families(random, models, _equal(inputs), seed, known=False)


def _unequal_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    families = np.concatenate([np.arange(FAMILIES), random.integers(FAMILIES // 2, size=inputs)])
    return _in_families(random, models, families, seed, known=True)


def _family_rate_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    families = _equal(inputs)
    values = np.tile((random.random(FAMILIES) < 0.1)[families] * 1.0, (models, 1))
    found = two_way_interval(values, families=families, counts="changes", seed=seed, resamples=300)
    return bool(found.low <= 0.1 <= found.high)


def _plain_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    found = two_way_interval(_all_models(random, models, inputs, 0.025), seed=seed, resamples=300)
    return bool(found.low <= 0.025 <= found.high)


def _collapse_held(random: np.random.Generator, models: int, inputs: int, seed: int) -> bool:
    collapsed = random.random((models, 1)) < 0.1
    values = np.where(collapsed, 0.0, 1.0) + 0.3 * random.normal(size=(models, inputs))
    found = two_way_interval(values, seed=seed, resamples=300)
    return bool(found.low <= 0.9 <= found.high)


@dataclass(frozen=True)
class Linear:
    """Two-class models; log-odds are weights [models, pixels] times pixels, plus a bias."""

    weights: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        odds = self.weights @ (inputs.reshape(len(inputs), -1).T - 0.5)
        return np.stack([np.zeros_like(odds), odds], axis=-1).astype(np.float32)

    def arrays(self) -> None:
        return None


@dataclass(frozen=True)
class Null:
    """What a white pixel truly does, and the words that would then be false.

    With ``by_placebo`` the pixel is grey, and white in half of the images a placebo is taken from.
    """

    a: float
    b: float
    false: tuple[str, ...] = ("confirmed",)
    by_placebo: bool = False


NULLS = {
    "no effect on either": Null(0.0, 0.0, ("confirmed", "contrast")),
    "A against A, both moved": Null(0.6, 0.6, ("confirmed", "contrast")),
    "A moved by exactly delta": Null(0.5, 0.0),
    "B moved by exactly epsilon": Null(2.0, 0.1),
    "A moved by delta more than B": Null(1.5, 1.0, ("confirmed", "contrast")),
    "A moved as far by its placebo": Null(4.0, 0.0, by_placebo=True),
}


def confirmed(simulations: int) -> Iterator[str]:
    """Yield how often verification claims what is not so."""
    yield f"claimed though it is not so, {simulations} runs a cell (bar: at most 5.0%)"
    yield f"{'case':<32}" + "".join(f"{f'{m} models':>12}" for m in (5, 20)) + "  false words"
    for name, case in NULLS.items():
        shares = [_claimed(case, models, simulations) for models in (5, 20)]
        told = "".join(f"{share:>12.1%}" for share in shares)
        yield f"{name:<32}{told}  {', '.join(case.false)}"


def _claimed(case: Null, models: int, simulations: int) -> float:
    patch = Hypothesis(
        name="pixel",
        transform=parse("patch(size=1, value=0.5)" if case.by_placebo else "patch(size=1)"),
        author="benchmark",
        aim=Aim(output="margin", class_name="yes", inputs="class"),
    )
    count = 0
    for seed in range(simulations):
        random = stream(seed, "confirmed", models)
        sides = []
        data = _pixels(random, white=case.by_placebo)
        for effect in (case.a, case.b):
            weights = random.normal(size=(models, 16))
            weights[:, 0] = effect + 0.1 * random.normal(size=models)
            sides.append(Linear(weights))
        [verdict] = verify(
            [patch], *sides, data, epsilon=0.1, delta=0.5, strengths=(), resamples=300, seed=seed
        )
        count += verdict.state in case.false
    return count / simulations


def _pixels(random: np.random.Generator, *, white: bool) -> Dataset:
    inputs = random.random((100, 1, 4, 4), dtype=np.float32)
    inputs[:, 0, 0, 0] = 0
    if white:
        inputs[::2, 0, 0, 0] = 1
    return Dataset(
        name="pixels",
        modality="image",
        inputs=inputs,
        labels=np.arange(100) % 2,
        class_names=("no", "yes"),
        ids=tuple(map(str, range(100))),
    )


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
    parser.add_argument("sections", nargs="*", default=["coverage", "rates", "confirmed", "speed"])
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    sections = {
        "coverage": lambda: coverage(options.simulations),
        "rates": lambda: rates(options.simulations),
        "confirmed": lambda: confirmed(options.simulations),
        "speed": speed,
        "planted": lambda: planted(options.seeds),
    }
    for section in options.sections:
        command = f"$ python benchmarks/verification.py {section}"
        how = f"--seeds {options.seeds}" if section == "planted" else ""
        how = how or f"--simulations {options.simulations}" * (section != "speed")
        lines = [f"{command} {how}".rstrip(), ""]
        for line in sections[section]():
            print(line, flush=True)
            lines.append(line)
        (RESULTS / f"verification_{section}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
