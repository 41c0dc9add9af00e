"""Lenses (METHOD §9): does A against A find nothing, and is a planted difference found?

Models are small random networks about a common truth, so that runs cost milliseconds; a pair shares
half of its luck. Prints a row a lens and number of models; writes them with --write.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.stats import binom

from traindiff.lenses import KINDS, Answers, Models, Questions
from traindiff.lenses.graphs import OnlineGraph
from traindiff.lenses.representations import LIKENESSES
from traindiff.lenses.representations.similarities import similarities
from traindiff.statistics.relabelling import exceedance, labellings

TABLE = Path(__file__).parent / "results" / "lenses.md"
INPUTS, WIDTH, CLASSES, DRAWS = 60, 6, 4, 99


def network(first: np.ndarray, second: np.ndarray):
    """Return what a network's hidden layer and its outputs are."""

    def hidden(inputs):
        return np.tanh(inputs @ first)

    return hidden, lambda inputs: hidden(inputs) @ second


def side(seed: int, truth, luck, count: int, planted: str) -> list:
    """Return the networks of one side."""
    rng, built = np.random.default_rng(seed), []
    for i in range(count):
        own = [rng.normal(size=each.shape) for each in truth]
        both = [
            0.25 * (np.sqrt(0.5) * x[i] + np.sqrt(0.5) * y) for x, y in zip(luck, own, strict=True)
        ]
        first, second = (t + n for t, n in zip(truth, both, strict=True))
        if planted == "narrower layer":
            first = np.where(np.arange(first.shape[1]) < 4, first, 0)
        if planted == "one class":
            second[:, 0] += 1.5 * truth[1][:, 1]
        built.append(network(first, second))
    return built


def ensembles(seed: int, count: int, paired: bool, planted: str = "") -> tuple[Models, np.ndarray]:
    """Return the models of both sides, and whose they are."""
    fixed, rng = np.random.default_rng(1), np.random.default_rng((seed, 0))
    truth = fixed.normal(size=(WIDTH, 8)), fixed.normal(size=(8, CLASSES))
    inputs = fixed.normal(size=(INPUTS, WIDTH))
    luck = [rng.normal(size=(2, count, *each.shape)) for each in truth]
    a, b = (
        side(2 * seed + place, truth, [each[0 if paired else place] for each in luck], count, what)
        for place, what in enumerate(("", planted))
    )
    order = rng.permutation(2 * count)
    both = [(a + b)[i] for i in order]

    def ask(given):
        logits = np.stack([answer(given) for _, answer in both])
        return Answers(predictions=logits.argmax(-1), logits=logits)

    labels = np.tanh(inputs @ truth[0]) @ truth[1]
    models = Models(
        questions=Questions(inputs=inputs, labels=labels.argmax(-1)),
        answers=ask(inputs),
        pairs=order % count if paired else np.arange(2 * count),
        ask=ask,
        features=lambda given, _: {"hidden": tuple(hidden(given) for hidden, _ in both)},
    )
    return models, order < count


def p_values(seed: int, count: int, paired: bool, planted: str = "") -> dict[str, float]:
    """Return the p-value of every lens, all by the same labellings."""
    models, is_a = ensembles(seed, count, paired, planted)
    drawn, _ = labellings(is_a, models.pairs, most=DRAWS, seed=seed)
    prepared = {name: lens.prepare(models) for name, lens in KINDS.items()}
    return {
        name: exceedance(float(each.value(is_a)), each.value(drawn))
        for name, each in prepared.items()
    }


def shares(runs: int, count: int, paired: bool, planted: str = "") -> dict[str, float]:
    """Return the share of runs with p ≤ 0.05, by lens."""
    found = [p_values(seed, count, paired, planted) for seed in range(runs)]
    return {name: float(np.mean([each[name] <= 0.05 for each in found])) for name in KINDS}


def rates(runs: int) -> Iterator[str]:
    most = binom.isf(1e-3, runs, 0.05) / runs
    yield f"A against A, share of {runs} runs with p ≤ 0.05 ({DRAWS} labellings). A rate of 5%"
    yield f"gives more than {most:.3f} in one cell of a thousand."
    yield ""
    yield "| models a side | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---|" * len(KINDS)
    for paired in (False, True):
        for count in (3, 5, 10):
            found = shares(runs, count, paired)
            name = f"{count}{', paired' * paired}"
            yield f"| {name} | " + " | ".join(f"{each:.3f}" for each in found.values()) + " |"


def power(runs: int) -> Iterator[str]:
    yield f"Planted differences, 10 models a side, share of {runs} runs with p ≤ 0.05."
    yield ""
    yield "| planted in B | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---|" * len(KINDS)
    for planted in ("narrower layer", "one class"):
        found = shares(runs, 10, False, planted)
        yield f"| {planted} | " + " | ".join(f"{each:.2f}" for each in found.values()) + " |"


def speed() -> Iterator[str]:
    rng, layers, count, n, p = np.random.default_rng(0), 3, 4, 2000, 256
    features = {str(i): tuple(rng.normal(size=(n, p)) for _ in range(count)) for i in range(layers)}
    x = np.concatenate([each for layer in features.values() for each in layer], axis=1)
    start = time.process_time()
    similarities(features, LIKENESSES["unbiased CKA"], seed=0)
    whole, start = time.process_time() - start, time.process_time()
    pieces = np.split(x, layers * count, axis=1)
    for i, one in enumerate(pieces):
        for other in pieces[i:]:
            one.T @ other
    products = time.process_time() - start
    yield f"{layers} × {layers} layers of {count} models, n = {n}, p = {p}: {whole:.2f} s, of which"
    yield f"the products of every two alone take {products:.2f} s ({whole / products:.2f} times)."
    values = rng.normal(size=(1000, 400))
    start = time.process_time()
    OnlineGraph(n_nodes=400).partial_fit(values).finish()
    yield f"Online graph of 400 nodes, 1,000 models: {time.process_time() - start:.2f} s."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    lines = ["# Lenses", "", *rates(args.runs), "", *power(max(20, args.runs // 5)), "", *speed()]
    print("\n".join(lines))
    if args.write:
        TABLE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
