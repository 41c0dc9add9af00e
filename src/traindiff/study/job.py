"""The main job: every stage once, from two learning algorithms to a report."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from traindiff import seeding
from traindiff.algorithms import Algorithm
from traindiff.comparison import Comparison, compare
from traindiff.comparison.agreement import Agreement, measure_agreement
from traindiff.datamodels import Datamodels, fit_datamodels
from traindiff.datasets import Splits
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.propose import propose
from traindiff.outputs import Outputs
from traindiff.progress import Progress
from traindiff.report import Evidence, write_report
from traindiff.store import RunStore
from traindiff.study.hypotheses import hypothesis_from, hypothesis_to
from traindiff.study.notebook import STUDY_FILE, Notebook
from traindiff.study.settings import CompareSettings, TrainSettings, VerifySettings
from traindiff.training import (
    Engine,
    JoinedEnsemble,
    draw_masks,
    model_seeds,
    train_ensemble,
    train_outputs,
)
from traindiff.verification import Verdict, check, verify

__all__ = ["Job", "Side", "StudyResult"]

MAY_CHANGE = (
    "title",
    "train.models",
    *(f"compare.{name}" for name in CompareSettings.model_fields),
    *(f"verify.{name}" for name in VerifySettings.model_fields),
)
"""Settings that leave the trained models of an earlier run usable."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResult:
    """What a study found.

    Parameters
    ----------
    comparison : Comparison
    agreement : Agreement or None
        None for regression.
    outputs_a, outputs_b : Outputs
        Of the trained ensembles.
    datamodels_a, datamodels_b : Datamodels
        Sparse, to read; inference does not use them.
    hypotheses : tuple of Hypothesis
    verdicts : tuple of Verdict, one a hypothesis
    notes : tuple of str
        What was left out or computed anew, and how much of it.
    report_path : Path
    """

    comparison: Comparison
    agreement: Agreement | None
    outputs_a: Outputs
    outputs_b: Outputs
    datamodels_a: Datamodels
    datamodels_b: Datamodels
    hypotheses: tuple[Hypothesis, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    report_path: Path


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One algorithm's models: which subset and which seed each has.

    Parameters
    ----------
    letter : {"a", "b"}
    algorithm : Algorithm
    masks : bool array, shape [models, train]
    seeds : list of int, length models
    """

    letter: str
    algorithm: Algorithm
    masks: np.ndarray
    seeds: list[int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """A study whose settings have been checked against its data.

    Parameters
    ----------
    title : str
    splits : Splits
    a, b : Algorithm
    train : TrainSettings
    compare : CompareSettings
    verify : VerifySettings
    given : tuple of Hypothesis
        People's own, known before the work starts.
    engine : Engine
    progress : Progress
    """

    title: str
    splits: Splits
    a: Algorithm
    b: Algorithm
    train: TrainSettings
    compare: CompareSettings
    verify: VerifySettings
    given: tuple[Hypothesis, ...]
    engine: Engine
    progress: Progress

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        for algorithm in (self.a, self.b):
            algorithm.check(self.splits.train)
        check(self.given, self.splits.verification)

    def describe(self) -> dict[str, Any]:
        """Return the resolved study: every setting, and the identity of its data."""
        return {
            "title": self.title,
            "data": self.splits.fingerprint,
            "a": {"name": self.a.name, **self.a.describe()},
            "b": {"name": self.b.name, **self.b.describe()},
            "train": self.train.model_dump(mode="json", exclude={"engine", "workers"}),
            "compare": self.compare.model_dump(mode="json"),
            "verify": self.verify.model_dump(mode="json"),
        }

    def open(self, run_dir: str | Path) -> RunStore:
        """Open the run directory for writing; refuse one that belongs to another study."""
        return RunStore.open(run_dir, self.describe(), may_change=MAY_CHANGE)

    @property
    def workers(self) -> int:
        """How many models' chunks are trained at a time."""
        if self.train.engine == "inline":
            return 1
        return self.train.workers or os.cpu_count() or 1

    @property
    def output(self) -> str:
        """Name of the output function: the margin of a class, or a regression's prediction."""
        regression = self.splits.train.class_names is None
        return self.train.output or ("prediction" if regression else "margin")

    @property
    def identity(self) -> str:
        """Fingerprint of all that determines the comparison and the proposals."""
        described = {**self.describe(), "title": None}
        return seeding.fingerprint({"study": described, "traindiff": version("traindiff")})

    def run(self, store: RunStore, notebook: Notebook) -> StudyResult:
        """Go through the stages; finished pieces come from the store."""
        outputs_a, outputs_b, notes = self._outputs(store)
        comparison = self._compare(outputs_a, outputs_b)
        agreement = self._agreement(outputs_a, outputs_b)
        datamodels_a, datamodels_b = (
            fit_datamodels(outputs, estimator="lasso", seed=self.train.seed)
            for outputs in (outputs_a, outputs_b)
        )
        hypotheses = (
            *self.given,
            *notebook.own_hypotheses(),
            *self._proposals(comparison, store),
        )
        verdicts = self._verify(hypotheses, store)
        evidence = Evidence(
            title=self.title,
            comparison=comparison,
            name_a=self.a.name,
            name_b=self.b.name,
            output=self.output,
            splits=self.splits,
            outputs_a=outputs_a,
            outputs_b=outputs_b,
            agreement=agreement,
            datamodels_a=datamodels_a,
            datamodels_b=datamodels_b,
            hypotheses=hypotheses,
            verdicts=verdicts,
            settings=self.describe(),
            versions={name: version(name) for name in ("traindiff", "numpy", "scipy", "torch")},
            command="" if notebook.read(STUDY_FILE) is None else f"traindiff run {store.path.name}",
        )
        return StudyResult(
            comparison=comparison,
            agreement=agreement,
            outputs_a=outputs_a,
            outputs_b=outputs_b,
            datamodels_a=datamodels_a,
            datamodels_b=datamodels_b,
            hypotheses=hypotheses,
            verdicts=verdicts,
            notes=notes,
            report_path=write_report(evidence, store.path),
        )

    def sides(self) -> tuple["Side", "Side"]:
        """Return what is trained for A and for B.

        The same algorithm twice would give the same models twice, so it gets other seeds.
        """
        same = self.a.describe() == self.b.describe()
        common = self.train.paired and not same
        a, b = (
            Side(
                letter=letter,
                algorithm=algorithm,
                masks=draw_masks(
                    self.train.models,
                    len(self.splits.train),
                    self.train.fraction,
                    self.train.seed,
                    side="shared" if self.train.paired else letter,
                ),
                seeds=model_seeds(
                    self.train.models, self.train.seed, side="shared" if common else letter
                ),
            )
            for letter, algorithm in (("a", self.a), ("b", self.b))
        )
        return a, b

    def _outputs(self, store: RunStore) -> tuple[Outputs, Outputs, tuple[str, ...]]:
        a, b = (
            train_outputs(
                side.algorithm,
                self.splits.train,
                self.splits.targets,
                side.masks,
                side.seeds,
                output=self.output,
                engine=self.engine,
                chunk=self.train.chunk,
                pieces=store,
                name=f"outputs/{side.letter}",
                progress=self.progress,
            )
            for side in self.sides()
        )
        notes = (*_left_out("A", a.diverged), *_left_out("B", b.diverged), *a.repaired, *b.repaired)
        if not self.train.paired:
            return a.outputs, b.outputs, notes
        both = a.kept & b.kept
        return a.outputs.take(both[a.kept]), b.outputs.take(both[b.kept]), notes

    def _compare(self, a: Outputs, b: Outputs) -> Comparison:
        return compare(
            a,
            b,
            directions=self.compare.directions,
            permutations=self.compare.permutations,
            level=self.compare.level,
            shrinkage=self.compare.shrinkage,
            seed=self.train.seed,
            progress=self.progress,
        )

    def _agreement(self, a: Outputs, b: Outputs) -> Agreement | None:
        if a.predictions is None:
            return None
        return measure_agreement(a, b, self.splits.targets.labels, seed=self.train.seed)

    def _fresh(self, purpose: str, models: int, store: RunStore) -> tuple[JoinedEnsemble, ...]:
        """Return models of A and of B, trained on all training examples with seeds of their own."""
        everything = np.ones((models, len(self.splits.train)), dtype=bool)
        return tuple(
            train_ensemble(
                algorithm,
                self.splits.train,
                everything,
                model_seeds(models, self.train.seed, side=f"{purpose} {letter}"),
                engine=self.engine,
                pieces=store,
                name=f"{purpose}/{letter}",
                progress=self.progress,
            )
            for letter, algorithm in (("a", self.a), ("b", self.b))
        )

    def _proposals(self, comparison: Comparison, store: RunStore) -> tuple[Hypothesis, ...]:
        """Return the proposals, which are on the disk before anything is verified."""
        if not comparison.significant or not self.verify.proposals:
            return ()
        written = store.load_json("proposals", self.identity)
        if written is None:
            a, b = self._fresh("discovery", self.verify.discovery_models, store)
            proposed = propose(
                comparison,
                self.splits,
                a,
                b,
                keep=self.verify.proposals,
                directions=self.verify.directions,
                seed=self.train.seed,
                progress=self.progress,
            )
            written = [hypothesis_to(each) for each in proposed]
            store.save_json("proposals", self.identity, written)
        return tuple(hypothesis_from(each, "proposals") for each in written)

    def _verify(self, hypotheses: Sequence[Hypothesis], store: RunStore) -> tuple[Verdict, ...]:
        if not hypotheses:
            return ()
        a, b = self._fresh("verification", self.verify.models, store)
        return verify(
            hypotheses,
            a,
            b,
            self.splits.verification,
            epsilon=self.verify.epsilon,
            delta=self.verify.delta,
            resamples=self.verify.resamples,
            seed=self.train.seed,
            progress=self.progress,
        )


def _left_out(side: str, diverged: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    if not diverged:
        return ()
    seeds = ", ".join(str(seed) for _, seed in diverged[:5])
    return (f"{len(diverged)} models of {side} diverged and were left out (seeds {seeds}).",)
