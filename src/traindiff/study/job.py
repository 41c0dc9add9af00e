"""The main job: every stage once, from two learning algorithms to a report."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from traindiff.comparison import Comparison
from traindiff.datasets.groups import groups_of
from traindiff.errors import StoreError
from traindiff.hypotheses import Hypothesis
from traindiff.hypotheses.propose import propose
from traindiff.identity import fingerprint, fingerprint_array, plain
from traindiff.lenses.look import look_through
from traindiff.lenses.predictions.agreement import Agreement, measure_agreement
from traindiff.lenses.predictions.metrics import Performance, measure_performance
from traindiff.lenses.reading import Reading
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.progress import Progress
from traindiff.report import Evidence, Findings, write_report
from traindiff.store import RunStore
from traindiff.study.evidence import Source
from traindiff.study.evidence.base import FOCUS
from traindiff.study.hypotheses import hypotheses_in, hypothesis_to
from traindiff.study.journal import STUDY_FILE, Notebook
from traindiff.study.known import Known
from traindiff.study.result import StudyResult
from traindiff.study.settings import VerifySettings
from traindiff.study.setup import Setup
from traindiff.study.sides import Side
from traindiff.study.stages import write_stages
from traindiff.study.stopwatch import Stopwatch
from traindiff.verification import Verdict, check, verify

__all__ = ["Job"]

MAY_CHANGE = (
    "title",
    "train.models",
    "train.chunk",
    "train.chunk.a",
    "train.chunk.b",
    *FOCUS,
    *(f"verify.{name}" for name in VerifySettings.model_fields),
)
"""Settings that leave the trained models of an earlier run usable, beside the evidence's own."""

LIBRARIES = ("traindiff", "numpy", "scipy", "scikit-learn", "torch")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Job:
    """A study whose settings have been checked against its data.

    Parameters
    ----------
    title : str
    setup : Setup
    source : Source
        The evidence.
    verify : VerifySettings
    given : tuple of Hypothesis
        People's own, known before the work starts.
    progress : Progress
    """

    title: str
    setup: Setup
    source: Source
    verify: VerifySettings
    given: tuple[Hypothesis, ...]
    progress: Progress

    def __post_init__(self) -> None:
        """Find what would fail before any work starts."""
        check(self.given, self.setup.splits.verification)
        self._groups()

    def describe(self) -> dict[str, Any]:
        """Return the resolved study: every setting, and the identity of its data."""
        return {
            "title": self.title,
            **self.setup.describe(),
            **self.source.describe(),
            "verify": plain(self.verify.model_dump(mode="json")),
        }

    @property
    def identity(self) -> str:
        """Fingerprint of all that determines the comparison and the proposals."""
        described = {**self.describe(), "title": None, **self.source.contents()}
        return fingerprint({"study": described, "traindiff": version("traindiff")})

    def open(self, run_dir: str | Path) -> RunStore:
        """Open the run directory for writing; refuse one that belongs to another study."""
        may_change = (*MAY_CHANGE, *self.source.may_change)
        return RunStore.open(run_dir, self.describe(), may_change=may_change)

    def run(self, store: RunStore, notebook: Notebook) -> StudyResult:
        """Go through the stages; finished pieces come from the store."""
        with Stopwatch(store, fingerprint(self.describe())) as watch:
            findings = self.source.find(store, self.progress)
            write_stages(self.setup, self.source, store)  # now that every subset is known
            proposed = self._proposals(findings.comparison, store)
            hypotheses = (*self.given, *notebook.own_hypotheses(), *proposed)
            verdicts, notes = self._verify(hypotheses, store)
            evidence = self._evidence(findings, hypotheses, verdicts, notebook)
            evidence = replace(evidence, made=watch.made())
            return StudyResult(
                evidence=evidence,
                notes=(*findings.notes, *notes, *store.damaged),
                report_path=write_report(evidence, store.path),
            )

    def _proposals(self, comparison: Comparison, store: RunStore) -> tuple[Hypothesis, ...]:
        """Return the proposals, which are on the disk before anything is verified."""
        if not comparison.significant or not self.verify.proposals:
            return ()
        written = self._written(store)
        if written is None:
            written = self._proposed(comparison, store)
            document = [hypothesis_to(each) for each in written]
            store.save_json("proposals", self.identity, document)
            written = hypotheses_in(document, "proposals")
        return written

    def _written(self, store: RunStore) -> tuple[Hypothesis, ...] | None:
        """Return the proposals of an earlier run; damaged ones are proposed anew."""
        try:
            document = store.load_json("proposals", self.identity)
            return None if document is None else hypotheses_in(document, "proposals")
        except StoreError:
            return None

    def _proposed(self, comparison: Comparison, store: RunStore) -> tuple[Hypothesis, ...]:
        models = self.verify.discovery_models
        sides = self.setup.on_everything("discovery", Pair(models, models))
        fresh = sides.map(lambda side: self.setup.ensemble(side, store, self.progress))
        return propose(
            comparison,
            self.setup.splits,
            fresh.a,
            fresh.b,
            keep=self.verify.proposals,
            directions=self.verify.directions,
            seed=self.setup.train.seed,
            progress=self.progress,
        )

    def _verify(
        self, hypotheses: Sequence[Hypothesis], store: RunStore
    ) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
        """Return the verdicts on fresh models, and what was left out of these."""
        if not hypotheses:
            return (), ()
        models = self.verify.models
        sides = self.setup.on_everything("verification", Pair(models, models))
        known = Known(store=store, of=self._tested_on(sides))
        settings = {
            "hypotheses": [hypothesis_to(each) for each in hypotheses],
            **self.verify.model_dump(mode="json", exclude={"transform"}),
        }
        found, notes = known.value(
            "verdicts", settings, lambda: self._tested(hypotheses, sides, store)
        )
        given = zip(hypotheses, found, strict=True)
        return tuple(Verdict(hypothesis=own, **each) for own, each in given), notes

    def _tested_on(self, sides: Pair[Side]) -> dict[str, Any]:
        splits, groups = self.setup.splits, self._groups()
        trained = {
            side.letter: [side.algorithm.describe(), side.seeds, len(splits.train)]
            for side in sides
        }
        return {
            "seed": self.setup.train.seed,
            "models": trained,
            "train": splits.train.fingerprint,
            "inputs": splits.verification.fingerprint,
            "groups": None if groups is None else fingerprint_array(groups),
        }

    def _tested(
        self, hypotheses: Sequence[Hypothesis], sides: Pair[Side], store: RunStore
    ) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        """Return what each verdict says beside its hypothesis, and what was left out."""
        fresh = sides.map(
            lambda side: self.setup.ensemble(side, store, self.progress, remember=True)
        )
        verdicts = verify(
            hypotheses,
            fresh.a,
            fresh.b,
            self.setup.splits.verification,
            groups=self._groups(),
            epsilon=self.verify.epsilon,
            delta=self.verify.delta,
            resamples=self.verify.resamples,
            seed=self.setup.train.seed,
            progress=self.progress,
        )
        notes_a = sides.a.left_out(fresh.a.diverged, "fresh ")
        notes = (*notes_a, *sides.b.left_out(fresh.b.diverged, "fresh "))
        said = [field.name for field in fields(Verdict) if field.name != "hypothesis"]
        return [{name: getattr(each, name) for name in said} for each in verdicts], notes

    def _groups(self) -> np.ndarray | None:
        """Return the group of each verification input, where inputs are not the sample."""
        column, data = self.verify.group, self.setup.splits.verification
        # A published division has one name for the whole part, which divides nothing.
        if column is None or len(set(data.metadata.get(column, (0, 1)))) == 1:
            return None
        return groups_of(data, column).members

    def _evidence(
        self,
        findings: Findings,
        hypotheses: tuple[Hypothesis, ...],
        verdicts: tuple[Verdict, ...],
        notebook: Notebook,
    ) -> Evidence:
        study = notebook.read(STUDY_FILE)
        return Evidence(
            title=self.title,
            findings=findings,
            names=self.setup.algorithms.map(lambda algorithm: algorithm.name),
            output=self.setup.output,
            splits=self.setup.splits,
            agreement=self._agreement(findings.answers),
            performance=self._performance(findings.answers),
            lenses=self._lenses(findings.answers),
            hypotheses=hypotheses,
            verdicts=verdicts,
            study=study or {},
            settings=self.describe(),
            versions={name: version(name) for name in LIBRARIES},
            command="" if study is None else "traindiff run study.toml",
        )

    def _agreement(self, outputs: Pair[Outputs] | None) -> Agreement | None:
        if outputs is None or outputs.a.predictions is None:
            return None
        labels = self.setup.splits.targets.labels
        return measure_agreement(outputs.a, outputs.b, labels, seed=self.setup.train.seed)

    def _performance(self, outputs: Pair[Outputs] | None) -> Performance | None:
        """Return how good the models are at their task."""
        if outputs is None:
            return None
        targets, seed = self.setup.splits.targets, self.setup.train.seed
        return measure_performance(
            outputs, targets.labels, targets.class_names, output=self.setup.output, seed=seed
        )

    def _lenses(self, outputs: Pair[Outputs] | None) -> tuple[Reading, ...]:
        """Ask what the answers about the targets can tell."""
        if outputs is None or outputs.a.predictions is None or outputs.b.predictions is None:
            return ()
        targets, seed = self.setup.splits.targets, self.setup.train.seed
        return look_through(outputs.a, outputs.b, targets, lenses=("predictions",), seed=seed)
