"""Attributions of checkpoints: how fast, how true, and what they find, against retrained models.

Parts, each a table that is printed and kept in results/attribution.txt:

    speed    TRAK against traker's CPU path in one run (pip install traker==0.3.2)
    lds      LDS of every method against retrained models, beside datamodels at the same seconds
    planted  the planted cases from 5 to 20 checkpoints a side, beside ensembles of subset models
    null     checkpoints of one recipe, divided at random: how often are they called different?
    figure   docs/images/attribution.svg, from the tables' numbers kept in runs/attribution

Seconds are processor time, all threads together; the speed part has both. Retrained models, scores
and rows are kept in runs/attribution; --only picks some items of a part.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import torch
from cases import pictures, tables
from cases.base import Case, Feature, Recipe
from planted import auc, precision
from scipy.stats import binomtest

from traindiff import (
    Outputs,
    attribute,
    compare,
    compare_checkpoints,
    fit_datamodels,
    load,
    seeding,
    split,
)
from traindiff.algorithms.torch.modules import mlp
from traindiff.attribution import Ekfac, GradCos, GradDot, LastLayer, Trak
from traindiff.comparison import Comparison
from traindiff.datamodels.quality import spearman
from traindiff.identity import fingerprint
from traindiff.training import draw_masks, model_seeds, train_ensemble, train_outputs

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "runs" / "attribution"
TABLE = ROOT / "benchmarks" / "results" / "attribution.txt"
FIGURE = ROOT / "docs" / "images" / "attribution.svg"
CASES = (*pictures.CASES, *tables.CASES)
METHODS = {
    "trak": Trak(),
    "trak, 256 features": Trak(projection=256),
    "trak, 128 features": Trak(projection=128),
    "published trak, 512 features": Trak(ridge=1e-6, temperature=1.0, projection=512),
    "published trak, 256 features": Trak(ridge=1e-6, temperature=1.0, projection=256),
    "published trak, 128 features": Trak(ridge=1e-6, temperature=1.0, projection=128),
    "grad-dot": GradDot(),
    "grad-cos": GradCos(),
    "last-layer": LastLayer(),
    "ekfac": Ekfac(),
}
UNDRAWN = [name for name in METHODS if name.endswith(("128 features", "512 features"))]
UNDRAWN.append("trak, 256 features")
SLOW = {"ekfac": 5}
"""Methods of which no more checkpoints than so many are attributed."""
JUDGES = 600
CHECKPOINTS = (1, 5, 10, 20)
PROJECTIONS = (128, 256, 512, 2048)
REPEATS = 3
MODELS = (50, 100, 200, 400, 800, 1600)


# --- recipes, checkpoints, retrained models ---------------------------------------------------


def fashion(seed: int = 0) -> Recipe:
    data = load("fashion-mnist", path=pictures.FASHION)
    parts = split(data, train=600, targets=500, verification=10, seed=seed)
    return Recipe(algorithm=pictures.CLOTHES, train=parts.train, targets=parts.targets)


def digits(seed: int = 0) -> Recipe:
    parts = split(load("digits"), train=300, targets=300, verification=10, seed=seed)
    return Recipe(algorithm=pictures.DIGITS, train=parts.train, targets=parts.targets)


def tumours(seed: int = 0) -> Recipe:
    parts = split(load("breast-cancer"), train=300, targets=250, verification=10, seed=seed)
    return Recipe(algorithm=tables.TUMOURS, train=parts.train, targets=parts.targets)


RECIPES = {
    "Fashion-MNIST, MLP 784-32-10, 600 train, 500 targets": fashion,
    "digits, MLP 64-32-10, 300 train, 300 targets": digits,
    "breast cancer, MLP 30-16-2, 300 train, 250 targets": tumours,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Timed:
    """Something computed, and the seconds of processor time it took when it was."""

    value: Any
    seconds: float


def kept(about: list[object], make: Callable[[], dict[str, np.ndarray]]) -> Timed:
    path = CACHE / f"{fingerprint(about)}.npz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        arrays = make()
        np.savez(path, seconds=time.process_time() - start, **arrays)
    with np.load(path) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    return Timed(seconds=float(found.pop("seconds")), value=found)


def about(recipe: Recipe) -> list[object]:
    seen = None if recipe.kept is None else recipe.kept.tolist()
    data = [recipe.train.fingerprint, recipe.targets.fingerprint, seen]
    return [recipe.algorithm.describe(), *data]


def retrained(recipe: Recipe, models: int, seed: int, side: str) -> Timed:
    """Return the outputs of models trained on random halves."""
    masks = draw_masks(models, len(recipe.train), 0.5, seed, side=side)

    def train() -> dict[str, np.ndarray]:
        seen = masks if recipe.kept is None else masks & recipe.kept
        seeds = model_seeds(models, seed, side=side)
        trained = train_outputs(
            recipe.algorithm, recipe.train, recipe.targets, seen, seeds, chunk=200
        )
        return {"values": trained.outputs.values}

    made = kept(["retrained", *about(recipe), models, seed, side], train)
    return Timed(value=Outputs(masks=masks, values=made.value["values"]), seconds=made.seconds)


def checkpoints(recipe: Recipe, count: int, seed: int, side: str) -> Timed:
    """Return state dicts of models trained on all (kept) training examples."""

    def train() -> dict[str, np.ndarray]:
        everything = np.ones(len(recipe.train), bool) if recipe.kept is None else recipe.kept
        masks, seeds = np.tile(everything, (count, 1)), model_seeds(count, seed, side=side)
        return dict(train_ensemble(recipe.algorithm, recipe.train, masks, seeds).arrays() or {})

    made = kept(["checkpoints", *about(recipe), count, seed, side], train)
    states = [{name: value[i] for name, value in made.value.items()} for i in range(count)]
    return Timed(value=states, seconds=made.seconds)


def attributed(recipe: Recipe, states: Timed, method: Any, key: list[object]) -> Timed:
    """Return scores [checkpoints, targets, train]."""
    made = kept(
        ["scores", *about(recipe), *key, method.describe()],
        lambda: {
            "scores": attribute(
                recipe.algorithm, states.value, (recipe.train, recipe.targets), method=method
            )
        },
    )
    return Timed(value=made.value["scores"], seconds=made.seconds)


# --- speed -----------------------------------------------------------------------------------


def speed(name: str) -> Iterator[dict[str, object]]:
    recipe = fashion()
    states = checkpoints(recipe, 5, 0, "speed").value
    judge = retrained(recipe, JUDGES, 1, "judges").value
    attribute(recipe.algorithm, states[:1], (recipe.train, recipe.targets))  # warm
    for projection in (*PROJECTIONS, 4096):
        method = Trak(projection=projection)
        for _ in range(REPEATS):
            start = time.perf_counter(), time.process_time()
            data = (recipe.train, recipe.targets)
            scores = attribute(recipe.algorithm, states, data, method=method).mean(axis=0)
            yield _row("traindiff", projection, start, scores, judge)
    for projection in PROJECTIONS:
        for ridge in (0.0, 30.0):
            for _ in range(1 if projection == PROJECTIONS[-1] else REPEATS):
                start = time.perf_counter(), time.process_time()
                scores = traker(recipe, states, projection, ridge)
                name = f"traker 0.3.2, lambda_reg={ridge:g}"
                yield _row(name, projection, start, scores, judge)


def _row(
    who: str,
    projection: int,
    start: tuple[float, float],
    scores: np.ndarray,
    judge: Outputs,
) -> dict[str, object]:
    return {
        "library": who,
        "projection": projection,
        "seconds": time.perf_counter() - start[0],
        "processor s": time.process_time() - start[1],
        "lds": lds_of(scores, judge),
    }


def traker(
    recipe: Recipe, states: list[dict[str, np.ndarray]], projection: int, ridge: float
) -> np.ndarray:
    """Return traker's scores [targets, train]: its CPU path, full precision.

    All examples in one batch: it draws its projection anew for every batch.
    """
    from trak import TRAKer

    model = mlp(recipe.train.inputs.shape[1:], 10, **recipe.algorithm.arguments)
    parts = [
        (torch.from_numpy(part.inputs), torch.from_numpy(part.labels))
        for part in (recipe.train, recipe.targets)
    ]
    tensors = [{name: torch.from_numpy(value) for name, value in s.items()} for s in states]
    with tempfile.TemporaryDirectory() as directory:
        trak = TRAKer(
            model=model, task="image_classification", train_set_size=len(recipe.train),
            device="cpu", save_dir=directory, proj_dim=projection, use_half_precision=False,
            lambda_reg=ridge, logging_level=40,
        )  # fmt: skip
        for index, state in enumerate(tensors):
            trak.load_checkpoint(state, model_id=index)
            trak.featurize(batch=parts[0], num_samples=len(recipe.train))
        trak.finalize_features()
        for index, state in enumerate(tensors):
            trak.start_scoring_checkpoint(
                exp_name="targets", checkpoint=state, model_id=index,
                num_targets=len(recipe.targets),
            )  # fmt: skip
            trak.score(batch=parts[1], num_samples=len(recipe.targets))
        return np.array(trak.finalize_scores(exp_name="targets")).T


# --- LDS -------------------------------------------------------------------------------------


def lds_of(scores: np.ndarray, judge: Outputs) -> float:
    """Return the mean over targets of the rank correlation with retrained models' outputs."""
    return float(spearman(judge.masks.astype(np.float32) @ scores.T, judge.values).mean())


def lds(name: str) -> Iterator[dict[str, object]]:
    recipe = RECIPES[name]()
    judge = retrained(recipe, JUDGES, 1, "judges").value
    states = checkpoints(recipe, CHECKPOINTS[-1], 0, "lds")
    for method, settings in METHODS.items():
        most = SLOW.get(method, CHECKPOINTS[-1])
        some = Timed(value=states.value[:most], seconds=0.0)
        scores = attributed(recipe, some, settings, ["lds", most])
        for count in (each for each in CHECKPOINTS if each <= most):
            yield {
                "data": name,
                "evidence": method,
                "models": count,
                "training s": states.seconds * count / CHECKPOINTS[-1],
                "estimation s": scores.seconds * count / most,
                "lds": lds_of(scores.value[:count].mean(axis=0), judge),
            }
    yield from _datamodels(name, recipe, judge)


def _datamodels(name: str, recipe: Recipe, judge: Outputs) -> Iterator[dict[str, object]]:
    trained = retrained(recipe, MODELS[-1], 2, "datamodels")
    for estimator in ("difference", "lasso"):
        for models in MODELS:
            start = time.process_time()
            fitted = fit_datamodels(
                trained.value.take(slice(0, models)), estimator, held_out=max(0.1, 10 / models)
            )
            yield {
                "data": name,
                "evidence": f"{estimator} datamodels",
                "models": models,
                "training s": trained.seconds * models / MODELS[-1],
                "estimation s": time.process_time() - start,
                "lds": lds_of(fitted.weights, judge),
            }


# --- planted differences ---------------------------------------------------------------------


def planted(name: str) -> Iterator[dict[str, object]]:
    case = next(each for each in CASES if each.name == name)
    truth = case.build(0)
    sides = (truth.a, truth.b)
    states = [checkpoints(s, 20, 0, f"planted {i}") for i, s in enumerate(sides)]
    for method in ("trak", "last-layer"):
        scores = [
            attributed(side, state, METHODS[method], ["planted", i])
            for i, (side, state) in enumerate(zip(sides, states, strict=True))
        ]
        for count in (5, 10, 20):
            start = time.process_time()
            found = compare_checkpoints(*(each.value[:count] for each in scores), permutations=200)
            took = sum(each.seconds for each in (*states, *scores)) * count / 20
            took += time.process_time() - start
            yield from _judged(case, truth.features, method, count, took, found)
    yield from _ensembles(case, truth.features, sides)


def _ensembles(
    case: Case, features: tuple[Feature, ...], sides: tuple[Recipe, Recipe]
) -> Iterator[dict[str, object]]:
    trained = [retrained(side, 1000, 0, "shared") for side in sides]
    for models in (100, 300, 1000):
        start = time.process_time()
        found = compare(*(each.value.take(slice(0, models)) for each in trained))
        took = sum(each.seconds for each in trained) * models / 1000 + time.process_time() - start
        yield from _judged(case, features, "subset models", models, took, found)


def _judged(
    case: Case,
    features: tuple[Feature, ...],
    evidence: str,
    models: int,
    seconds: float,
    found: Comparison,
) -> Iterator[dict[str, object]]:
    for feature in features:
        shown = [k for k in found.significant if k < len(features) + 1]
        if feature.axis == "train":
            pattern, area = (
                found.test.train.statistics,
                auc(found.test.train.statistics, feature.carriers),
            )
        else:
            areas = {k: auc(found.projections[:, k], feature.carriers) for k in shown}
            best = max(areas, key=lambda k: areas[k], default=None)
            area = 0.5 if best is None else areas[best]
            pattern = None if best is None else found.projections[:, best]
        yield {
            "case": case.name,
            "true side": feature.side,
            "evidence": evidence,
            "models": models,
            "seconds": seconds,
            "p": found.p_value,
            "significant": len(found.significant),
            "auc": area,
            "precision": 0.0 if pattern is None else precision(pattern, feature.carriers),
        }


# --- null ------------------------------------------------------------------------------------


DRAWS, LEVEL = (200, 1000), 0.05
SPLITS = {"5 and 5": (5, 5), "10 and 10": (10, 10), "4 and 12": (4, 12)}


def null(name: str) -> Iterator[dict[str, object]]:
    data, method, sizes = name.split(": ")
    recipe = RECIPES[data]()
    states = checkpoints(recipe, 40, 5, "null")
    scores = attributed(recipe, states, METHODS[method], ["null"]).value
    yield {"data": data, "method": method, **_null(scores, *SPLITS[sizes])}


def _null(scores: np.ndarray, a: int, b: int) -> dict[str, object]:
    """Return how often a division at random is called different.

    The share of p <= 0.05 of 200 divisions; of 1,000, where its interval lies above 0.05.
    """
    found: list[Comparison] = []
    for draws in DRAWS:
        found += _divided(scores, a, b, range(len(found), draws))
        if interval([each.p_value <= LEVEL for each in found])[0] <= LEVEL:
            break
    return {
        "a": a,
        "b": b,
        "draws": len(found),
        "p <= 0.05": rate([each.p_value <= LEVEL for each in found]),
        "p <= 0.2": rate([each.p_value <= 0.2 for each in found]),
        "any train q <= 0.05": rate([(each.train_q_values <= LEVEL).any() for each in found]),
        "any target q <= 0.05": rate([(each.target_q_values <= LEVEL).any() for each in found]),
    }


def _divided(scores: np.ndarray, a: int, b: int, draws: range) -> list[Comparison]:
    found = []
    for draw in draws:
        order = seeding.stream(draw, "null").permutation(len(scores))
        found.append(
            compare_checkpoints(
                scores[order[:a]],
                scores[order[a : a + b]],
                directions=1,
                permutations=59,
                seed=draw,
            )
        )
    return found


def rate(called: list[bool]) -> str:
    """Return a share with its interval."""
    low, high = interval(called)
    return f"{np.mean(called):.3f} [{low:.3f}, {high:.3f}]"


def interval(called: list[bool]) -> tuple[float, float]:
    """Return the Clopper-Pearson 95% interval of a share."""
    found = binomtest(int(np.sum(called)), len(called)).proportion_ci(0.95)
    return float(found.low), float(found.high)


# --- reporting -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table: the rows of one item, and the items."""

    rows: Callable[[str], Iterator[dict[str, object]]]
    items: tuple[str, ...]


PARTS = {
    "speed": Part(rows=speed, items=("Fashion-MNIST, MLP 784-32-10",)),
    "lds": Part(rows=lds, items=tuple(RECIPES)),
    "planted": Part(rows=planted, items=tuple(case.name for case in CASES)),
    "null": Part(
        rows=null,
        items=tuple(
            f"{data}: {method}: {sizes}"
            for data in list(RECIPES)[1:]
            for method in ("trak", "last-layer")
            for sizes in SPLITS
        ),
    ),
}


def rows_path(part: str, item: str) -> Path:
    return CACHE / f"{part}-{fingerprint(item)}.json"


def kept_rows(part: str) -> list[dict[str, object]]:
    """Return the rows of every item that has been done."""
    paths = (rows_path(part, item) for item in PARTS[part].items)
    return [row for path in paths if path.exists() for row in json.loads(path.read_text())]


def report(part: str, rows: list[dict[str, object]]) -> str:
    text = pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:.3g}")
    return f"$ python benchmarks/attribution.py {part}\n\n{text}\n"


def keep_table(part: str, text: str) -> None:
    """Replace one part of the committed output."""
    parts: dict[str, str] = {}
    with suppress(FileNotFoundError):
        for block in TABLE.read_text().split("$ python benchmarks/attribution.py ")[1:]:
            parts[block.split("\n")[0]] = "$ python benchmarks/attribution.py " + block.rstrip()
    parts[part] = text.rstrip()
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text("\n\n".join(parts[name] for name in PARTS if name in parts) + "\n")


def draw_figure() -> None:
    quality, found = (pd.DataFrame(kept_rows(part)) for part in ("lds", "planted"))
    quality = quality[~quality["evidence"].isin(UNDRAWN)].copy()
    quality["seconds"] = quality["training s"] + quality["estimation s"]
    quality["data"] = quality["data"].str.split(",").str[0]
    found["case"] = found["case"] + np.where(
        found["case"].str.startswith("two"), ", " + found["true side"], ""
    )
    top = _panels(quality, "lds", "data", "LDS", [0, 0.8])
    below = _panels(found, "auc", "case", "AUC (0.5: not found)", [0.5, 1])
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    (top & below).resolve_scale(color="independent").save(FIGURE)


def _panels(frame: pd.DataFrame, value: str, panel: str, title: str, domain: list[float]) -> Any:
    chart = alt.Chart(frame).mark_line(point=True).encode(
        x=alt.X("seconds:Q", scale=alt.Scale(type="log"), title="processor seconds in all"),
        y=alt.Y(f"{value}:Q", title=title, scale=alt.Scale(domain=domain, clamp=True)),
        order="models:Q",
        color=alt.Color("evidence:N", legend=alt.Legend(orient="top", columns=4, title="")),
    )  # fmt: skip
    return chart.properties(width=200, height=150).facet(
        alt.Facet(f"{panel}:N", title=""), columns=4
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, "figure"], help="default: all")
    parser.add_argument("--only", default="", help="items whose name contains this")
    args = parser.parse_args()
    for part in args.part or [*PARTS, "figure"]:
        if part == "figure":
            draw_figure()
            continue
        for item in (each for each in PARTS[part].items if args.only in each):
            rows = list(PARTS[part].rows(item))
            CACHE.mkdir(parents=True, exist_ok=True)
            rows_path(part, item).write_text(json.dumps(rows))
        print(text := report(part, kept_rows(part)), flush=True)
        keep_table(part, text)


if __name__ == "__main__":
    main()
