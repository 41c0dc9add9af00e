"""Real data with one planted, known difference: who finds it, and with how many models?

Three methods on the same ensembles: the published one on difference datamodels, on lasso ones, and
the honest comparison. Prints a table and writes it with a figure. Outputs and lasso datamodels are
kept in runs/planted. ``planted_focus.py`` asks the same of focus.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from cases import pictures, tables
from cases.base import Case, Feature, Recipe
from scipy.stats import mannwhitneyu

from traindiff import Outputs, compare, compare_scores, fit_datamodels
from traindiff.comparison import Comparison
from traindiff.comparison.geometry import residuals, unit_rows
from traindiff.datamodels import difference_weights
from traindiff.identity import fingerprint
from traindiff.study.evidence.focus.reading import shared_out
from traindiff.training import draw_masks, model_seeds, train_outputs

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "runs" / "planted"
TABLE = ROOT / "benchmarks" / "results" / "planted.md"
FIGURE = ROOT / "docs" / "images" / "planted.svg"
CASES = (*pictures.CASES, *tables.CASES)
MODELS = (100, 200, 300, 600, 1000, 2000, 4000)
DIRECTIONS = 10
FOUND = 0.9
"""AUC from which a direction counts as the planted one."""


# --- ensembles -------------------------------------------------------------------------------


def outputs(recipe: Recipe, models: int, seed: int) -> Outputs:
    """Return the outputs of one recipe, trained or read from an earlier run."""
    return trained(recipe, models, seed)[0]


def trained(recipe: Recipe, models: int, seed: int) -> tuple[Outputs, float]:
    """Return the outputs of one recipe, and the processor seconds that one model took."""
    masks = draw_masks(models, len(recipe.train), 0.5, seed)
    about = [recipe.algorithm.describe(), recipe.train.fingerprint, recipe.targets.fingerprint]
    kept = None if recipe.kept is None else recipe.kept.tolist()

    def train() -> np.ndarray:
        seen = masks if recipe.kept is None else masks & recipe.kept
        seeds, start = model_seeds(models, seed), time.process_time()
        found = train_outputs(
            recipe.algorithm, recipe.train, recipe.targets, seen, seeds, chunk=200
        )
        own = (time.process_time() - start) / models
        return np.vstack([found.outputs.values, np.full(len(recipe.targets), own)])

    kept_rows = cached(["timed outputs", *about, kept, models, seed], train)
    return Outputs(masks=masks, values=kept_rows[:-1]), float(kept_rows[-1, 0])


def cached(about: list[object], make: Callable[[], np.ndarray]) -> np.ndarray:
    path = CACHE / f"{fingerprint(about)}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.save(path, make())
    return np.load(path)


# --- scores ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well one comparison shows one feature.

    Parameters
    ----------
    rank : int or None
        The first direction (1 = the first) whose AUC is at least FOUND; the honest method may only
        count significant ones.
    auc, precision : float
        Of the direction that best shows the feature among as many as there are features: the first
        one, where one difference is planted. 0.5 and 0 where nothing is significant.
    side : str
        To which the direction is said to belong.
    p_value : float or None
        Global.
    significant : int or None
        Number of significant directions.
    false_share : float or None
        On the train axis: share of the examples found at q <= 0.1 that were not planted.
    """

    rank: int | None
    auc: float
    precision: float
    side: str = ""
    p_value: float | None = None
    significant: int | None = None
    false_share: float | None = None


def score_directions(found: Comparison, feature: Feature, features: int) -> Score:
    shown = range(found.n_directions) if found.method == "published" else found.significant
    aucs = {k: auc(found.projections[:, k], feature.carriers) for k in shown}
    first = [k for k in shown if k < features]
    best = max(first, key=lambda k: aucs[k], default=None)
    return Score(
        rank=next((k + 1 for k in shown if aucs[k] >= FOUND), None),
        auc=0.5 if best is None else aucs[best],
        precision=0.0 if best is None else precision(found.projections[:, best], feature.carriers),
        side="" if best is None or found.judged is None else found.judged.sides[best],
        p_value=found.p_value,
        significant=None if found.p_value is None else len(found.significant),
    )


def score_train(found: Comparison, feature: Feature, members: np.ndarray | None = None) -> Score:
    """Score the train statistic; of groups, whose examples ``members`` tells, shared out."""
    told = found.test.train if members is None else shared_out(found.test.train, members)
    statistic, called = told.statistics, told.q_values <= 0.1
    area = auc(statistic, feature.carriers)
    wrong = called & ~feature.carriers
    return Score(
        rank=1 if area >= FOUND and found.p_value <= found.level else None,
        auc=area,
        precision=precision(statistic, feature.carriers),
        side=f"{int((called & feature.carriers).sum())} found",
        p_value=found.p_value,
        significant=len(found.significant),
        false_share=float(wrong.sum() / max(called.sum(), 1)),
    )


def auc(values: np.ndarray, carriers: np.ndarray) -> float:
    """Return the area under the ROC curve of the better of the two ends of a direction."""
    statistic = mannwhitneyu(values[carriers], values[~carriers]).statistic
    area = statistic / (carriers.sum() * (~carriers).sum())
    return float(max(area, 1 - area))


def precision(values: np.ndarray, carriers: np.ndarray) -> float:
    """Return the share of carriers among as many top examples, at the better end."""
    count = int(carriers.sum())
    order = np.argsort(values, kind="stable")
    return float(max(carriers[order[:count]].mean(), carriers[order[-count:]].mean()))


# --- methods ---------------------------------------------------------------------------------

Features = tuple[Feature, ...]


def honest(a: Outputs, b: Outputs) -> Comparison:
    return compare(a, b, directions=DIRECTIONS)


def by_honest(a: Outputs, b: Outputs, features: Features) -> Iterator[Score]:
    found = honest(a, b)
    for feature in features:
        if feature.axis == "train":
            yield score_train(found, feature)
        else:
            yield score_directions(found, feature, len(features))


def by_published(
    weights: Callable[[Outputs], np.ndarray], a: Outputs, b: Outputs, features: Features
) -> Iterator[Score]:
    """Yield scores of residuals of A given B or, for what is B's, of B given A (METHOD §3.2)."""
    own = weights(a), weights(b)
    for feature in features:
        sides = own if feature.side == "A" else own[::-1]
        if feature.axis == "train":
            sizes = np.linalg.norm(residuals(*map(unit_rows, sides)), axis=0)
            area = auc(sizes, feature.carriers)
            rank = 1 if area >= FOUND else None
            yield Score(rank=rank, auc=area, precision=precision(sizes, feature.carriers))
        else:
            found = compare_scores(*sides, directions=DIRECTIONS)
            yield score_directions(found, feature, len(features))


def difference(side: Outputs) -> np.ndarray:
    return difference_weights(side.masks, side.values)


def lasso(side: Outputs) -> np.ndarray:
    about = ["lasso", fingerprint(side.values[:, :3].tolist()), side.n_models]
    return cached(about, lambda: fit_datamodels(side, estimator="lasso").weights)


METHODS: dict[str, Callable[[Outputs, Outputs, Features], Iterator[Score]]] = {
    "published, difference": partial(by_published, difference),
    "published, lasso": partial(by_published, lasso),
    "honest": by_honest,
}


# --- running ---------------------------------------------------------------------------------


def rows(
    case: Case, seed: int, most: int, methods: Sequence[str] = tuple(METHODS)
) -> Iterator[dict[str, object]]:
    planted = case.build(seed)
    timed = [trained(recipe, most, seed) for recipe in (planted.a, planted.b)]
    sides, each = [side for side, _ in timed], sum(seconds for _, seconds in timed)
    for models in (count for count in MODELS if count <= most):
        few = [side.take(slice(0, models)) for side in sides]
        for method in methods:
            start = time.process_time()
            found = list(METHODS[method](*few, planted.features))
            seconds = models * each + time.process_time() - start
            about = {"case": case.name, "seed": seed, "models": models, "method": method}
            for feature, result in zip(planted.features, found, strict=True):
                where = {"truth": feature.side, "axis": feature.axis, "seconds": seconds}
                yield {**about, **where, **vars(result)}


def others_agree(case: Case, seed: int, most: int) -> float:
    """Return how two disjoint halves of the models agree on training examples not planted.

    The correlation of their statistics: 0 where those found beside the planted ones are noise.
    """
    planted = case.build(seed)
    sides = [outputs(recipe, most, seed) for recipe in (planted.a, planted.b)]
    halves = [honest(*(side.take(part) for side in sides)) for part in halves_of(most)]
    others = ~planted.features[0].carriers
    return float(np.corrcoef([half.test.train.statistics[others] for half in halves])[0, 1])


def halves_of(models: int) -> tuple[slice, slice]:
    return slice(0, models // 2), slice(models // 2, models)


# --- reporting -------------------------------------------------------------------------------


def summary(frame: pd.DataFrame) -> str:
    """Return a Markdown table: one row a case, feature, method and number of models."""
    lines = [
        "| case | true side | method | models | rank | AUC | precision | p | directions | side |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    keys = ["case", "truth", "method", "models"]
    for (case, truth, method, models), part in frame.groupby(keys, sort=False):
        ranks = ", ".join("–" if pd.isna(rank) else f"{rank:.0f}" for rank in part["rank"])
        p_values = "" if part["p_value"].isna().all() else f"{part['p_value'].max():.3f}"
        many = part["significant"].dropna()
        counts = ", ".join(f"{count:.0f}" for count in many)
        sides = ", ".join(filter(None, part["side"]))
        if part["false_share"].notna().any():
            sides += f" ({part['false_share'].mean():.0%} others)"
        lines.append(
            f"| {case} | {truth} | {method} | {models:,} | {ranks} | {part['auc'].mean():.2f} "
            f"| {part['precision'].mean():.2f} | {p_values} | {counts} | {sides} |"
        )
    return "\n".join(lines)


def needed(frame: pd.DataFrame, fewest: Callable[[pd.DataFrame], str]) -> str:
    """Return a Markdown table: the fewest models from which every seed shows the feature."""
    methods = list(frame["method"].unique())
    lines = [f"| case | true side | {' | '.join(methods)} |", f"|---|---|{'---|' * len(methods)}"]
    for (case, truth), part in frame.groupby(["case", "truth"], sort=False):
        cells = [fewest(part[part["method"] == method]) for method in methods]
        lines.append(f"| {case} | {truth} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _fewest(part: pd.DataFrame) -> str:
    """Return the fewest models, and the processor seconds they took, everything included."""
    if part.empty:
        return ""
    good = part.groupby("models")["auc"].min() >= FOUND
    failing = good.index[~good]
    enough = good.index if failing.empty else good.index[good.index > failing.max()]
    if not len(enough):
        return f"> {good.index.max():,}"
    seconds = part.loc[part["models"] == enough.min(), "seconds"].mean()
    return f"{enough.min():,} ({seconds:.1f} s)"


def draw_figure(frame: pd.DataFrame) -> None:
    frame = frame.assign(
        panel=frame["case"]
        + np.where(frame["case"].str.startswith("two"), ", " + frame["truth"], ""),
        detected=np.where(frame["p_value"].isna(), np.nan, frame["p_value"] <= 0.05),
    )
    mean = frame.groupby(["panel", "method", "models"], as_index=False)[["auc", "detected"]].mean()
    x = alt.X("models:Q", scale=alt.Scale(type="log"), axis=alt.Axis(values=list(MODELS)))
    base = alt.Chart(mean).encode(x=x, color=alt.Color("method:N", legend=alt.Legend(orient="top")))
    lines = base.mark_line(point=True).encode(
        y=alt.Y("auc:Q", scale=alt.Scale(domain=[0.5, 1]), title="AUC; dashes: share significant")
    )
    power = (
        base.transform_filter("isValid(datum.detected)")
        .transform_calculate(height="0.5 + datum.detected / 2")
        .mark_line(strokeDash=[3, 3], opacity=0.6)
        .encode(y="height:Q")
    )
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    panels = (lines + power).properties(width=190, height=150)
    panels.facet(alt.Facet("panel:N", title=""), columns=4).save(FIGURE)


def document(frame: pd.DataFrame, agreement: list[float], command: str) -> str:
    about = "\n".join(f"- **{case.name}**: {case.about}." for case in CASES)
    return f"""# Planted differences

    {command}

{about}

Every network sees half of the training examples; A and B share subsets and seeds. The published
method looks at the residuals of A given B or, for what is B's, of B given A; the honest one at both
at once. AUC: how well the first direction (with two differences: the better of the first two) tells
the planted targets from the others; for dropped label noise, how well the train statistic
(published: the norm of the example's column of residuals) tells the planted training examples.
Precision: share of planted ones among as many top examples. Rank: the first direction with AUC >=
{FOUND}, one a seed; the honest method only counts significant ones. p: the largest over seeds.
Directions: how many are significant, of {DIRECTIONS} at most, one number a seed.

Training examples found that were not planted ("others") are used differently too: between two
halves of all models, the statistics of the unplanted examples correlate by
{", ".join(f"{each:.2f}" for each in agreement)} (one a seed; noise alone would give 0).

Fewest models a side from which on the AUC is at least {FOUND} for every seed (the honest method: of
a significant direction), and the mean processor seconds of models and comparison:

{needed(frame, _fewest)}

{summary(frame)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", type=int, default=MODELS[-1], help="at most, a side")
    parser.add_argument("--only", default="", help="cases whose name contains this; writes nothing")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    args = parser.parse_args()
    found: list[dict[str, object]] = []
    agreement: list[float] = []
    for seed in range(args.first, args.first + args.seeds):
        for case in CASES:
            if args.only in case.name:
                new = [*rows(case, seed, args.models)]
                print(summary(pd.DataFrame(new)), flush=True)
                found += new
                if found[-1]["axis"] == "train":
                    agreement.append(others_agree(case, seed, args.models))
    print(needed(pd.DataFrame(found), _fewest), flush=True)
    if not args.only:
        command = f"python benchmarks/planted.py --seeds {args.seeds} --models {args.models}"
        frame = pd.DataFrame(found)
        TABLE.parent.mkdir(parents=True, exist_ok=True)
        TABLE.write_text(document(frame, agreement, command))
        draw_figure(frame)


if __name__ == "__main__":
    main()
