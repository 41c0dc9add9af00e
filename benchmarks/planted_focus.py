"""The planted differences by focus (METHOD §8): with how few models, and how many seconds?

Beside the honest comparison of models on halves of single examples, at the numbers of models from
which ``results/planted.md`` says that it finds each case. Writes what is known so far after every
case; rows are kept in runs/planted_focus.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from cases.base import Case
from cases.focusing import Focused, decide
from planted import (
    CASES,
    DIRECTIONS,
    FOUND,
    Features,
    Score,
    needed,
    rows,
    score_directions,
    score_train,
    summary,
)

from traindiff import compare

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "runs" / "planted_focus"
TABLE = ROOT / "benchmarks" / "results" / "planted_focus.md"
MODELS = (20, 40, 80, 160)
TODAY = {"dropped label noise, digits": 200, "corner patch, Fashion-MNIST": 1000}
TODAY |= {"leaked column, breast cancer": 1000}
USUAL_TODAY = 300
"""Models up to which the honest comparison is measured: it finds all digits cases by 200."""
METHODS = ("published, difference", "honest")
RANK = 2
"""The last direction that counts as found: a person reads the first few."""


def by_focus(found: Focused, features: Features) -> Iterator[Score]:
    """Yield scores of directions, or of the groups that training examples belong to."""
    a, b = found.outputs
    told = compare(a, b, directions=DIRECTIONS, estimator="auto")
    for feature in features:
        if feature.axis == "train":
            yield score_train(told, feature, found.proposal.groups.members)
        else:
            yield score_directions(told, feature, len(features))


def focus_rows(case: Case, seed: int) -> Iterator[dict[str, object]]:
    """Yield what focus finds, checkpoints, attributions and groups made anew for each number."""
    planted = case.build(seed)
    for models in MODELS:
        found = decide(planted, models, seed)
        start = time.process_time()
        scores = list(by_focus(found, planted.features))
        seconds = found.total + time.process_time() - start
        about = {"case": case.name, "seed": seed, "models": models, "method": "focus"}
        for feature, result in zip(planted.features, scores, strict=True):
            where = {"truth": feature.side, "axis": feature.axis, "seconds": seconds}
            yield {**about, **where, **vars(result)}


def today_rows(case: Case, seed: int) -> Iterator[dict[str, object]]:
    """Yield what models on halves of single examples tell."""
    yield from rows(case, seed, TODAY.get(case.name, USUAL_TODAY), METHODS)


def kept(
    case: Case, seed: int, make: Callable[[Case, int], Iterator[dict[str, object]]]
) -> list[dict[str, object]]:
    path = CACHE / f"{make.__name__} {case.name} {seed}.json"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(list(make(case, seed)), default=float))
    return json.loads(path.read_text())


def fewest(part: pd.DataFrame) -> str:
    """Return from how many models on the feature is shown, and the processor seconds of that."""
    shown = part.assign(good=part["rank"].fillna(np.inf) <= RANK).groupby("models")["good"].all()
    failing = shown.index[~shown]
    enough = shown.index if failing.empty else shown.index[shown.index > failing.max()]
    if not len(enough):
        return f"> {shown.index.max():,}"
    seconds = part.loc[part["models"] == enough.min(), "seconds"].mean()
    return f"{enough.min():,} ({seconds:.1f} s)"


def document(found: list[dict[str, object]]) -> str:
    frame = pd.DataFrame(found)
    seeds, compared = (
        frame.loc[frame["method"] == method, "seed"].nunique() for method in ("focus", "honest")
    )
    return f"""# Planted differences by focus

    python benchmarks/planted_focus.py --seeds {seeds} --compared {compared}

The cases of [planted.md](planted.md), and how they are scored. Focus: {seeds} seeds; 5 checkpoints
a side propose groups, models a side on halves of them decide; for dropped label noise, an example
has an equal share of its group's statistic. The two others: {compared} seeds, up to the number of
models from which they are known to find the case.

Fewest models a side from which on, for every seed, the first or the second direction has an AUC of
at least {FOUND} (focus and honest: of the significant ones, at p <= 0.05; dropped label noise: the
training examples' statistic), and the mean processor seconds of all it takes: for focus
checkpoints, attributions, groups, models and comparison; for the others models and comparison.

{needed(frame, fewest)}

{summary(frame)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="of focus")
    parser.add_argument("--compared", type=int, default=3, help="seeds of the other methods")
    args = parser.parse_args()
    found: list[dict[str, object]] = []
    for seed in range(args.seeds):
        for case in CASES:
            found += kept(case, seed, focus_rows)
            found += kept(case, seed, today_rows) if seed < args.compared else []
            TABLE.write_text(document(found))


if __name__ == "__main__":
    main()
