"""The main job: every stage once, from two learning algorithms to a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from traindiff.algorithms import Algorithm
from traindiff.attribution.checkpoints import Checkpoint
from traindiff.comparison import Comparison
from traindiff.datasets import Splits
from traindiff.errors import StoreError
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.propose import propose
from traindiff.identity import fingerprint
from traindiff.lenses.look import look_through
from traindiff.lenses.predictions.agreement import Agreement, measure_agreement
from traindiff.lenses.reading import Reading
from traindiff.outputs import Outputs
from traindiff.progress import Progress
from traindiff.report import Evidence, write_report
from traindiff.store import RunStore
from traindiff.study.evidence.base import Findings, from_checkpoints, from_subsets
from traindiff.study.evidence.checkpoints import (
    Checkpoints,
    attributed,
    checkpoint_files,
    contents,
    method_of,
    states_of,
    torch_part,
)
from traindiff.study.hypotheses import hypothesis_from, hypothesis_to
from traindiff.study.journal import STUDY_FILE, Notebook
from traindiff.study.notes import failed, left_out
from traindiff.study.result import StudyResult
from traindiff.study.settings import (
    AttributeSettings,
    CompareSettings,
    TrainSettings,
    VerifySettings,
)
from traindiff.study.sides import Side, on_everything, on_subsets
from traindiff.training import (
    ENSEMBLE_CHUNK,
    Engine,
    JoinedEnsemble,
    default_chunk,
    train_ensemble,
    train_outputs,
)
from traindiff.training.chunks import Work
from traindiff.training.work import Chunk, ModelsWork, OutputsWork, cut
from traindiff.verification import Verdict, check, verify

__all__ = ["Job"]

MAY_CHANGE = (
    "title",
    "train.models",
    "train.chunk",
    "train.chunk.a",
    "train.chunk.b",
    "attribute.checkpoints",
    *(f"compare.{name}" for name in CompareSettings.model_fields),
    *(f"verify.{name}" for name in VerifySettings.model_fields),
)
"""Settings that leave the trained models of an earlier run usable."""

ONE_BY_ONE = 1
"""Checkpoints a task: more can be asked for later, and those that are there stay."""

PLACE = ("engine", "workers", "scheduler", "seconds_per_model")
"""Settings of where models are trained and how long that takes: no result depends on them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """A study whose settings have been checked against its data.

    Parameters
    ----------
    title : str
    splits : Splits
    a, b : Algorithm
    train : TrainSettings
    attribute : AttributeSettings or None
        None: the evidence is models trained on random subsets.
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
    attribute: AttributeSettings | None
    compare: CompareSettings
    verify: VerifySettings
    given: tuple[Hypothesis, ...]
    engine: Engine
    progress: Progress

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        for algorithm in (self.a, self.b):
            algorithm.check(self.splits.train)
        if self.attribute is not None:
            method_of(self.attribute)
            for letter, algorithm in (("a", self.a), ("b", self.b)):
                torch_part(algorithm, letter)
                self.files(letter)
        check(self.given, self.splits.verification)

    def describe(self) -> dict[str, Any]:
        """Return the resolved study: every setting, and the identity of its data."""
        a, b = self.chunk(self.a), self.chunk(self.b)
        return {
            "title": self.title,
            "data": self.splits.fingerprint,
            "a": {"name": self.a.name, **self.a.describe()},
            "b": {"name": self.b.name, **self.b.describe()},
            "train": {
                **self.train.model_dump(mode="json", exclude=set(PLACE)),
                "chunk": a if a == b else {"a": a, "b": b},
            },
            "attribute": self.attribute and self.attribute.model_dump(mode="json"),
            "compare": self.compare.model_dump(mode="json"),
            "verify": self.verify.model_dump(mode="json"),
        }

    def open(self, run_dir: str | Path) -> RunStore:
        """Open the run directory for writing; refuse one that belongs to another study."""
        return RunStore.open(run_dir, self.describe(), may_change=MAY_CHANGE)

    @property
    def output(self) -> str:
        """Name of the output function: the margin of a class, or a regression's prediction."""
        regression = self.splits.train.class_names is None
        return self.train.output or ("prediction" if regression else "margin")

    def chunk(self, algorithm: Algorithm) -> int:
        """Return how many models on random subsets are trained and kept at a time."""
        return self.train.chunk or default_chunk(algorithm)

    @property
    def identity(self) -> str:
        """Fingerprint of all that determines the comparison and the proposals."""
        described = {**self.describe(), "title": None}
        files = {letter: self.files(letter) for letter in "ab"}
        described |= {f"files_{key}": contents(paths) for key, paths in files.items() if paths}
        return fingerprint({"study": described, "traindiff": version("traindiff")})

    def files(self, letter: str) -> list[Path]:
        """Return the checkpoint files that a person gave for one side; none where it is trained."""
        if self.attribute is None:
            return []
        pattern = self.attribute.files_a if letter == "a" else self.attribute.files_b
        return [] if pattern is None else checkpoint_files(pattern, f"attribute.files_{letter}")

    def run(self, store: RunStore, notebook: Notebook) -> StudyResult:
        """Go through the stages; finished pieces come from the store."""
        found = self._found(store)
        agreement = self._agreement(found.outputs_a, found.outputs_b)
        hypotheses = (
            *self.given,
            *notebook.own_hypotheses(),
            *self._proposals(found.comparison, store),
        )
        verdicts, notes = self._verify(hypotheses, store)
        evidence = Evidence(
            title=self.title,
            comparison=found.comparison,
            name_a=self.a.name,
            name_b=self.b.name,
            output=self.output,
            splits=self.splits,
            outputs_a=found.outputs_a,
            outputs_b=found.outputs_b,
            agreement=agreement,
            lenses=self._lenses(found.outputs_a, found.outputs_b),
            datamodels_a=found.datamodels_a,
            datamodels_b=found.datamodels_b,
            curve_a=found.curve_a,
            curve_b=found.curve_b,
            hypotheses=hypotheses,
            verdicts=verdicts,
            control_p_value=found.control_p_value,
            study=notebook.read(STUDY_FILE) or {},
            settings=self.describe(),
            versions={name: version(name) for name in ("traindiff", "numpy", "scipy", "torch")},
            command="" if notebook.read(STUDY_FILE) is None else "traindiff run study.toml",
        )
        return StudyResult(
            comparison=found.comparison,
            agreement=agreement,
            outputs_a=found.outputs_a,
            outputs_b=found.outputs_b,
            datamodels_a=found.datamodels_a,
            datamodels_b=found.datamodels_b,
            hypotheses=hypotheses,
            verdicts=verdicts,
            notes=(*found.notes, *notes, *store.damaged),
            evidence=evidence,
            report_path=write_report(evidence, store.path),
        )

    def sides(self) -> tuple[Side, Side]:
        """Return what is trained for A and for B.

        Checkpoints see all training examples, and share no seed: their noise is what is measured.
        """
        if self.attribute is not None:
            return self._full("a", "checkpoints"), self._full("b", "checkpoints")
        return on_subsets(self.a, self.b, self.train, n_train=len(self.splits.train))

    def pending(self, side: Side) -> tuple[Work, list[Chunk], str]:
        """Return the work of training one side, its chunks, and the name of its pieces."""
        train, letter = self.splits.train, side.letter
        if self.attribute is not None:
            chunks = [] if self.files(letter) else cut(side.masks, side.seeds, ONE_BY_ONE)
            models = ModelsWork(algorithm=side.algorithm, train=train)
            return models, chunks, f"checkpoints/{letter}"
        outputs = OutputsWork(
            algorithm=side.algorithm, train=train, targets=self.splits.targets, output=self.output
        )
        return outputs, cut(side.masks, side.seeds, self.chunk(side.algorithm)), f"outputs/{letter}"

    def _found(self, store: RunStore) -> Findings:
        seed, meter = self.train.seed, self.progress
        if self.attribute is None:
            return from_subsets(*self._outputs(store), self.compare, seed=seed, progress=meter)
        (a, notes_a), (b, notes_b) = (self._attributed(side, store) for side in self.sides())
        notes = (*notes_a, *notes_b)
        return from_checkpoints(a, b, notes, self.compare, seed=seed, progress=meter)

    def _attributed(self, side: Side, store: RunStore) -> tuple[Checkpoints, tuple[str, ...]]:
        assert self.attribute is not None, "only a study with a section [attribute] comes this way"
        checkpoints: Sequence[Checkpoint] = self.files(side.letter)
        notes: tuple[str, ...] = ()
        if not checkpoints:
            ensemble = self._ensemble(side, "checkpoints", store, ONE_BY_ONE)
            checkpoints = states_of(ensemble)
            notes = left_out(side.letter.upper(), ensemble.diverged)
        found = attributed(
            side.algorithm,
            checkpoints,
            self.splits.train,
            self.splits.targets,
            method=method_of(self.attribute),
            output=self.output,
            seed=self.train.seed,
            pieces=store,
            progress=self.progress,
        )
        return found, notes

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
                chunk=self.chunk(side.algorithm),
                pieces=store,
                name=f"outputs/{side.letter}",
                progress=self.progress,
            )
            for side in self.sides()
        )
        notes = tuple(
            note
            for letter, trained in (("A", a), ("B", b))
            for note in (
                *left_out(letter, trained.diverged),
                *failed(letter, trained.failures),
            )
        )
        if not self.train.paired:
            return a.outputs, b.outputs, notes
        both = a.kept & b.kept
        return a.outputs.take(both[a.kept]), b.outputs.take(both[b.kept]), notes

    def _agreement(self, a: Outputs, b: Outputs) -> Agreement | None:
        if a.predictions is None:
            return None
        return measure_agreement(a, b, self.splits.targets.labels, seed=self.train.seed)

    def _lenses(self, a: Outputs, b: Outputs) -> tuple[Reading, ...]:
        """Ask what the answers about the targets can tell."""
        if a.predictions is None or b.predictions is None:
            return ()
        seed = self.train.seed
        return look_through(a, b, self.splits.targets, lenses=("predictions",), seed=seed)

    def _fresh(self, purpose: str, models: int, store: RunStore) -> tuple[JoinedEnsemble, ...]:
        """Return models of A and of B, trained on all training examples with seeds of their own."""
        return tuple(
            self._ensemble(self._full(letter, purpose, models), purpose, store) for letter in "ab"
        )

    def _full(self, letter: str, purpose: str, models: int | None = None) -> Side:
        """Return models trained on all training examples, by default as many as checkpoints."""
        if models is None:
            assert self.attribute is not None, "only a section [attribute] has checkpoints"
            models = len(self.files(letter)) or self.attribute.checkpoints
        return on_everything(
            letter,
            self.a if letter == "a" else self.b,
            models,
            n_train=len(self.splits.train),
            seed=self.train.seed,
            purpose=purpose,
        )

    def _ensemble(
        self, side: Side, purpose: str, store: RunStore, chunk: int = ENSEMBLE_CHUNK
    ) -> JoinedEnsemble:
        return train_ensemble(
            side.algorithm,
            self.splits.train,
            side.masks,
            side.seeds,
            engine=self.engine,
            chunk=chunk,
            pieces=store,
            name=f"{purpose}/{side.letter}",
            remember=purpose == "verification",
            progress=self.progress,
        )

    def _proposals(self, comparison: Comparison, store: RunStore) -> tuple[Hypothesis, ...]:
        """Return the proposals, which are on the disk before anything is verified."""
        if not comparison.significant or not self.verify.proposals:
            return ()
        written = self._written(store)
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

    def _written(self, store: RunStore) -> Any | None:
        """Return the proposals of an earlier run; damaged ones are proposed anew."""
        try:
            return store.load_json("proposals", self.identity)
        except StoreError:
            return None

    def _verify(
        self, hypotheses: Sequence[Hypothesis], store: RunStore
    ) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
        if not hypotheses:
            return (), ()
        a, b = self._fresh("verification", self.verify.models, store)
        notes = (*left_out("A", a.diverged, "fresh "), *left_out("B", b.diverged, "fresh "))
        verdicts = verify(
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
        return verdicts, notes
