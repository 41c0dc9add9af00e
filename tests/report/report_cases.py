"""Evidence of known content: digits with a planted direction, a null, tables, texts, arrays."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_wine

from traindiff.comparison import (
    AxisTest,
    Comparison,
    Directions,
    Judged,
    Power,
    Reliability,
    Scales,
    Test,
)
from traindiff.datamodels.base import Datamodels, Quality
from traindiff.datamodels.curve import LearningCurve
from traindiff.datasets import Dataset, Splits
from traindiff.datasets.base import PARTS
from traindiff.hypotheses import Aim, Hypothesis
from traindiff.lenses import Reading, look_through
from traindiff.lenses.predictions.agreement import Agreement, measure_agreement
from traindiff.lenses.predictions.metrics import measure_performance
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report import Evidence, Findings
from traindiff.report.made import Made
from traindiff.statistics.bootstrap import Interval
from traindiff.transforms.base import Transform
from traindiff.transforms.images.places import Patch
from traindiff.transforms.tables import SetColumn
from traindiff.verification import Dose, Verdict

N_TRAIN, N_TARGETS, N_VERIFICATION, N_MODELS = 240, 160, 60, 40


WHITE_CORNER = Transform(change=Patch(x=0, y=0, size=3, value=1.0))
FLAVANOIDS = Transform(change=SetColumn(column="flavanoids", value=5.0))


def digits() -> Splits:
    raw = load_digits()
    images = (raw.images / 16).astype(np.float32)[:, None]
    return split("digits", "image", images, raw.target, tuple(str(d) for d in range(10)))


def wine() -> Splits:
    raw = load_wine()
    repeat = np.resize(np.arange(len(raw.data)), N_TRAIN + N_TARGETS + N_VERIFICATION)
    return split(
        "wine",
        "table",
        raw.data[repeat],
        raw.target[repeat],
        tuple(str(name) for name in raw.target_names),
        columns=tuple(raw.feature_names),
    )


def reviews() -> Splits:
    rng = np.random.default_rng(5)
    words = np.array(
        [
            "the",
            "film",
            "was",
            "plot",
            "actors",
            "scene",
            "and",
            "music",
            "slow",
            "bright",
            "a",
            "story",
        ]
    )
    labels = rng.integers(0, 2, N_TRAIN + N_TARGETS + N_VERIFICATION)
    texts = [
        " ".join([*rng.choice(words, 12), "wonderful" if label else "dreadful", "film"])
        for label in labels
    ]
    return split("reviews", "text", np.array(texts, dtype=object), labels, ("bad", "good"))


def split(name, modality, inputs, labels, class_names, **extra) -> Splits:
    data = Dataset(
        name=name,
        modality=modality,
        inputs=inputs,
        labels=np.asarray(labels, dtype=np.int64),
        class_names=class_names,
        ids=tuple(f"{name}-{i:04d}" for i in range(len(inputs))),
        **extra,
    )
    ends = np.cumsum([N_TRAIN, N_TARGETS, N_VERIFICATION])
    starts = [0, *ends[:-1]]
    parts = [data.take(np.arange(a, b)) for a, b in zip(starts, ends, strict=True)]
    return Splits(train=parts[0], targets=parts[1], verification=parts[2])


def comparison(splits: Splits | None, *, found: bool = True, k: int = 6, seed: int = 0):
    """Return a comparison whose first two directions are the first two classes."""
    rng = np.random.default_rng(seed)
    train_labels = splits.train.labels if splits else np.arange(N_TRAIN) % 10
    target_labels = splits.targets.labels if splits else np.arange(N_TARGETS) % 10
    directions = rng.normal(size=(k, N_TRAIN))
    projections = 0.2 * rng.normal(size=(N_TARGETS, k))
    for d in range(2 if found else 0):
        directions[d] += 4.0 * (train_labels == d)
        projections[:, d] += 1.0 * (target_labels == d)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    p_values = np.array([0.0049751, 0.029851] + [0.4] * (k - 2)) if found else np.full(k, 0.43)
    scales = np.geomspace(0.5, 2, 21)
    scale_p = 0.0049751 + (0 if found else 0.42) * np.exp(-20 * np.log(scales) ** 2)
    return Comparison(
        method="honest",
        found=Directions(
            rows=directions,
            projections=projections,
            explained=Pair(
                np.array([0.11, 0.06, 0.012, 0.008, 0.004, -0.001]),
                np.array([0.01, 0.07, 0.010, 0.009, 0.003, 0.001]),
            ).map(lambda share: share[:k] * (1 if found else 0.1)),
            singular_values=np.array([31.0, 24.2, 17.1, 16.8, 16.2, 15.9])[:k]
            * (1 if found else 0.5),
        ),
        similarity=np.clip(rng.normal(0.62, 0.16, N_TARGETS), -1, 1),
        n_models=Pair(600, 600),
        paired=True,
        test=Test(
            p_value=0.0049751 if found else 0.4254,
            p_values=p_values,
            statistics={
                "top singular value": 0.0049751,
                "sum of squares": 0.0149,
                "largest row": 0.0099,
            },
            null_level=18.4,
            permutations=200,
            level=0.05,
            power=Power(
                models_needed=None if found else 3200,
                message=(
                    "The statistic is well past its null."
                    if found
                    else "At the growth seen so far, about 3,200 models a side would be needed."
                ),
            ),
            train=AxisTest(
                q_values=np.where(train_labels < 1, 0.02, 0.8) if found else np.full(N_TRAIN, 0.9),
                statistics=rng.gamma(20, 0.05, N_TRAIN),
            ),
            targets=AxisTest(
                q_values=np.where(target_labels < 1, 0.03, 0.7)
                if found
                else np.full(N_TARGETS, 0.9),
                statistics=rng.gamma(20, 0.05, N_TARGETS),
            ),
        ),
        judged=Judged(
            sides=("A", "B", "both", "both", "A", "B")[:k],
            strengths=Pair(
                np.array([0.93, 0.2, 0.1, 0.1, 0.1, 0.0])[:k],
                np.array([0.06, 0.71, 0.1, 0.1, 0.1, 0.0])[:k],
            ),
            reliability=tuple(
                Reliability(projection_correlation=r, train_overlap=o)
                for r, o in zip(
                    (0.93, 0.71, 0.2, 0.1, 0.05, 0.0), (0.85, 0.6, 0.1, 0, 0, 0), strict=True
                )
            )[:k],
            space_agreement=0.8,
        ),
        scales=Scales(shown=1.08, tried=scales, p_values=scale_p),
    )


def changed(compared: Comparison, **values) -> Comparison:
    """Return a comparison with other results of its test."""
    return replace(compared, test=replace(compared.test, **values))


def outputs(rng: np.random.Generator, splits: Splits, often_right: float) -> Outputs:
    """Return outputs of models that take some targets of class 0 for class 1."""
    labels = splits.targets.labels
    right = (labels != 0) | (rng.random((N_MODELS, N_TARGETS)) < often_right)
    return Outputs(
        masks=rng.random((N_MODELS, N_TRAIN)) < 0.5,
        values=rng.normal(2, 1, (N_MODELS, N_TARGETS)),
        predictions=np.where(right, labels, 1),
    )


def agreement(splits: Splits, rng: np.random.Generator) -> Agreement:
    """Return what models say that are right about as often, and differ on the first targets."""
    labels = splits.targets.labels
    right_a = rng.random((N_MODELS, N_TARGETS)) < rng.beta(30, 2, N_TARGETS)
    chance_b = rng.beta(30, 2, N_TARGETS)
    chance_b[:12] *= 0.4
    right_b = rng.random((N_MODELS, N_TARGETS)) < chance_b
    masks, values = np.eye(N_MODELS, N_TRAIN), np.zeros((N_MODELS, N_TARGETS))
    a, b = (
        Outputs(
            masks=masks,
            values=values,
            predictions=np.where(right, labels, labels + 1),
            confidences=np.clip(0.93 + 0.05 * rng.normal(size=right.shape), 0, 1),
        )
        for right in (right_a, right_b)
    )
    return measure_agreement(a, b, labels, seed=0)


def readings(splits: Splits, differing: int = 9) -> tuple[Reading, ...]:
    """Return what the lens on predictions says of ensembles that differ on the first targets."""
    rng = np.random.default_rng(2)
    labels = splits.targets.labels
    classes = splits.targets.n_outputs
    said = [np.where(rng.random((8, N_TARGETS)) < 0.9, labels, 0) for _ in "ab"]
    said[1][:, :differing] = (labels[:differing] + 1) % classes
    sure = 0.5 + 0.5 * rng.random((N_TARGETS, 1))
    a, b = (sure * np.eye(classes)[side] + (1 - sure) / classes for side in said)
    return look_through(a, b, splits.targets, lenses=("predictions",), relabellings=99)


def datamodels(rng: np.random.Generator) -> Datamodels:
    weights = rng.normal(0, 0.1, (N_TARGETS, N_TRAIN)).astype(np.float32)
    return Datamodels(
        estimator="lasso",
        weights=weights,
        bias=np.zeros(N_TARGETS, np.float32),
        penalty=np.full(N_TARGETS, 0.01, np.float32),
        residual=np.full(N_TARGETS, 0.5, np.float32),
        lds=Quality(
            per_target=np.full(N_TARGETS, 0.41),
            mean=0.412,
            quartiles=(0.31, 0.42, 0.51),
            interval=(0.395, 0.428),
            n_models=100,
        ),
        n_models=500,
        excluded_targets=np.zeros(0, int),
        excluded_train=np.zeros(0, int),
    )


def curve(rng: np.random.Generator) -> LearningCurve:
    sizes = np.array([60, 120, 240, 480])
    lds = 0.7 / np.sqrt(1 + 500 / sizes) + rng.normal(0, 0.01, 4)
    qualities = tuple(
        Quality(
            per_target=np.full(N_TARGETS, value),
            mean=float(value),
            quartiles=(0.2, 0.3, 0.4),
            interval=(float(value) - 0.02, float(value) + 0.02),
            n_models=120,
        )
        for value in lds
    )
    return LearningCurve(sizes=sizes, qualities=qualities, limit=0.7, half=500.0)


def verdicts(transform: Transform = WHITE_CORNER, about: str = "0") -> tuple[Verdict, ...]:
    def effect(mean: float, half: float) -> Interval:
        return Interval(mean=mean, low=mean - half, high=mean + half)

    def verdict(name, state, reason, a, b, direction, output="margin", author="traindiff"):
        doses = tuple(
            Dose(
                strength=s,
                effect=Pair(effect(a * s, 0.1 * abs(a) + 0.05), effect(b * s, 0.05)),
                placebo=Pair(effect(0.08 * s, 0.05), effect(0.05 * s, 0.05)),
            )
            for s in (0.25, 0.5, 0.75, 1.0)
        )
        return Verdict(
            hypothesis=Hypothesis(
                name=name,
                transform=transform,
                aim=Aim(output=output, class_name=about, inputs="not-class"),
                author=author,
                direction=direction,
                side="A",
                score=0.8,
                candidates=212,
            ),
            state=state,
            reason=reason,
            effect=Pair(effect(a, 0.1 * abs(a) + 0.03), effect(b, 0.05)),
            difference=effect(a - b, 0.2),
            placebo=Pair(effect(0.08, 0.06), effect(0.05, 0.06)),
            doses=doses,
            p_value=0.002,
            q_value=0.006,
            epsilon=0.2,
            delta=0.5,
            n_models=10,
            n_inputs=60,
        )

    return (
        verdict("corner-patch", "confirmed", "A beyond δ, B within ε.", -1.42, 0.04, 0),
        verdict(
            "weak-patch",
            "refuted",
            "A within δ.",
            0.11,
            0.06,
            0,
            author="a colleague",
        ),
        verdict("toward-zero", "inconclusive", "A straddles δ.", 0.45, 0.1, 1, "probability"),
    )


def _verdicts_for(splits: Splits) -> tuple[Verdict, ...]:
    kinds = {"image": (WHITE_CORNER, "0"), "table": (FLAVANOIDS, "class_0")}
    modality = splits.train.modality
    return verdicts(*kinds[modality]) if modality in kinds else ()


STUDY = {
    "title": "Does a random shift change what an MLP learns from digits?",
    "data": {"source": "digits", "train": N_TRAIN, "targets": N_TARGETS},
    "a": {"kind": "torch", "module": "mlp"},
    "b": {"kind": "torch", "module": "mlp", "augment": [{"kind": "shift", "pixels": 1}]},
}
SETTINGS = {
    "data": {"source": "digits", "train": N_TRAIN, "targets": N_TARGETS},
    "a": {"kind": "torch", "module": "mlp", "augment": []},
    "b": {"kind": "torch", "module": "mlp", "augment": [{"kind": "shift", "pixels": 1}]},
    "train": {"models": 600, "alpha": 0.5, "seed": 0},
}


def full(splits: Splits | None = None, **changes: Any) -> Evidence:
    """Return everything a study can give."""
    splits = splits or digits()
    rng = np.random.default_rng(1)
    said = Pair(outputs(rng, splits, 0.95), outputs(rng, splits, 0.1))
    agreed = agreement(splits, rng)
    evidence = Evidence(
        title="Does a random shift change what an MLP learns from digits?",
        findings=Findings(
            comparison=comparison(splits),
            outputs=said,
            datamodels=Pair(datamodels(rng), datamodels(rng)),
            curves=Pair(curve(rng), curve(rng)),
            control_p_value=0.62,
        ),
        names=Pair("MLP, plain", "MLP, random shifts"),
        splits=splits,
        agreement=agreed,
        performance=measure_performance(
            said, splits.targets.labels, splits.targets.class_names, output="margin", seed=0
        ),
        lenses=readings(splits),
        verdicts=_verdicts_for(splits),
        study=STUDY,
        settings=SETTINGS,
        timings={"training": 61.2, "datamodels": 3.4, "comparison": 4.9, "verification": 11.0},
        versions={"traindiff": "0.1.0", "numpy": "2.4.0", "torch": "2.13.0"},
        command="traindiff run study.toml",
        made=Made(date="2026-05-17 09:30", seconds=81.5, commit="0f" * 20, uncommitted=True),
    )
    return replace(evidence, **changes)


def found(evidence: Evidence, **changes: Any) -> Evidence:
    """Return evidence with other findings."""
    return replace(evidence, findings=replace(evidence.findings, **changes))


def null() -> Evidence:
    splits = digits()
    evidence = full(
        splits,
        title="The same recipe twice",
        lenses=readings(splits, differing=0),
        verdicts=(),
        names=Pair("MLP, plain", "MLP, plain (other seeds)"),
    )
    return found(evidence, comparison=comparison(splits, found=False))


def arrays_only(method: str = "honest") -> Evidence:
    compared = comparison(None)
    if method == "published":
        compared = replace(
            compared,
            method="published",
            n_models=None,
            paired=False,
            test=None,
            judged=None,
            scales=None,
        )
    return Evidence(title="a.npz against b.npz", findings=Findings(comparison=compared))


HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><img src=x onerror=window.hacked=1>",
    "\"'><svg onload=window.hacked=1>",
    "{{ 7 * 7 }} {% raw %} `code` | *bold* [link](javascript:alert(1))",
    "🦆 emoji ‮right-to-left‬ שלום",
    "x" * 10_000,
    "\u2028line\u2029separators & &amp; entities",
    "<!-- <script> --><style>*{display:none}</style>",
    "__proto__",
    "constructor",
)


def hostile() -> Evidence:
    """Return a study whose every name tries to break out of the page."""
    whole = digits()
    named = replace(
        whole,
        **{
            part: replace(
                data,
                name=HOSTILE[0],
                class_names=HOSTILE,
                ids=tuple(f"{HOSTILE[i % len(HOSTILE)]} {part} {i}" for i in range(len(data))),
                metadata={HOSTILE[1]: np.array(HOSTILE)[data.labels]},
            )
            for part in PARTS
            for data in (getattr(whole, part),)
        },
    )
    evidence = full(
        named,
        title=HOSTILE[1],
        names=Pair(HOSTILE[2], HOSTILE[4]),
        settings={
            HOSTILE[0]: HOSTILE[1],
            "a": {HOSTILE[2]: HOSTILE[0]},
            "b": {HOSTILE[2]: HOSTILE[3]},
        },
        study={HOSTILE[0]: HOSTILE[1], "a": {HOSTILE[5]: [HOSTILE[2]]}},
        versions={HOSTILE[2]: HOSTILE[7]},
        command=HOSTILE[1],
        verdicts=(),
    )
    judged = [
        replace(
            verdict,
            reason=HOSTILE[1],
            hypothesis=replace(
                verdict.hypothesis,
                name=f"{HOSTILE[0]} {i}",
                aim=replace(verdict.hypothesis.aim, class_name=HOSTILE[i]),
            ),
        )
        for i, verdict in enumerate(verdicts())
    ]
    return replace(evidence, verdicts=tuple(judged))
