"""All that a report may draw on; every part but the comparison may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from traindiff.comparison import Comparison
from traindiff.comparison.directions.enrichment import changed_predictions
from traindiff.datamodels.base import Quality
from traindiff.datamodels.curve import LearningCurve
from traindiff.datasets import Dataset, Splits
from traindiff.errors import InputError
from traindiff.hypotheses import Hypothesis
from traindiff.lenses.predictions.agreement import Agreement
from traindiff.lenses.predictions.metrics import Performance
from traindiff.lenses.reading import Reading
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report.focusing import Focusing
from traindiff.report.made import Made
from traindiff.statistics.looks import Look
from traindiff.verification import Verdict

__all__ = ["Attribution", "Evidence", "Findings"]

UNNAMED = Pair("A", "B")


class Attribution(Protocol):
    """Datamodels to read: who matters to a target, and by how much."""

    @property
    def weights(self) -> np.ndarray: ...
    @property
    def lds(self) -> Quality | None: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """What two ensembles say: their comparison, and what is read beside it.

    Parameters
    ----------
    comparison : Comparison
    outputs : Pair of Outputs, or None
    datamodels : Pair of Attribution, or None
        Weights ``[targets, train]`` to read; inference does not use them.
    curves : Pair of LearningCurve, or None
        Of the difference datamodels that the test rests on.
    control_p_value : float or None
        p-value of A compared with itself, where there are models enough to divide.
    notes : tuple of str
        What was left out or computed anew.
    full : Pair of Outputs, or None
        What models say that saw all training examples, where there are some beside ``outputs``.
    focusing : Focusing or None
        How groups of training examples led to it, where they did.
    looks : tuple of Look
        Every look taken at the run; empty where looks are not counted.

    Raises
    ------
    InputError
        When the parts belong to different studies: their numbers of examples disagree.
    """

    comparison: Comparison
    outputs: Pair[Outputs] | None = None
    datamodels: Pair[Attribution] | None = None
    curves: Pair[LearningCurve] | None = None
    control_p_value: float | None = None
    notes: tuple[str, ...] = ()
    full: Pair[Outputs] | None = None
    focusing: Focusing | None = None
    looks: tuple[Look, ...] = ()

    def __post_init__(self) -> None:
        """Refuse parts of different studies."""
        for name, outputs in self.outputs.items() if self.outputs else ():
            self.check(f"outputs of {name}", targets=outputs.n_targets, train=outputs.n_train)
        for name, fitted in self.datamodels.items() if self.datamodels else ():
            targets, train = fitted.weights.shape
            self.check(f"datamodels of {name}", targets=targets, train=train)

    def __repr__(self) -> str:
        return f"<Findings: {self.comparison!r}>"

    def check(self, what: str, **counts: int) -> None:
        """Refuse a part with other numbers of ``targets`` or ``train`` than the comparison.

        Raises
        ------
        InputError
            Naming both numbers.
        """
        expected = {"targets": self.n_targets, "train": self.n_train}
        for axis, found in counts.items():
            if found != expected[axis]:
                kind = "targets" if axis == "targets" else "training examples"
                raise InputError(
                    f"{what}: {found} {kind} where the comparison has {expected[axis]}: "
                    "a report is about one study; give parts of the same one."
                )

    @property
    def answers(self) -> Pair[Outputs] | None:
        """What the models say whose predictions are of interest: of all training examples."""
        return self.full or self.outputs

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.comparison.similarity)

    @property
    def n_train(self) -> int:
        """Number of training examples that may be left out."""
        return int(self.comparison.directions.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What is known about a pair of algorithms, ready to be written up.

    Parameters
    ----------
    title : str
        The question, in the user's words.
    findings : Findings
    names : Pair of str
        What people call the algorithms.
    output : str
        The output explained: "margin", "negative-cross-entropy", "negative-error", "prediction"
        or a name of the user's own.
    splits : Splits or None
        The examples themselves; without them the report names examples by their index.
    agreement : Agreement or None
    performance : Performance or None
        How good each side's models are at their task.
    lenses : tuple of Reading
        Other questions about the same models, asked about the targets.
    hypotheses : tuple of Hypothesis
    verdicts : tuple of Verdict
    settings : mapping
        The resolved study.
    study : mapping
        The study file as it was written; empty where the study was made in Python.
    timings : mapping of str to float
        Seconds by stage, as the run recorded them.
    versions : mapping of str to str
    command : str
        What to type to obtain this report again.
    made : Made or None
        When, how long it took, and from which commit.

    Raises
    ------
    InputError
        When the parts belong to different studies: their numbers of examples disagree.
    """

    title: str
    findings: Findings
    names: Pair[str] = UNNAMED
    output: str = "margin"
    splits: Splits | None = None
    agreement: Agreement | None = None
    performance: Performance | None = None
    lenses: tuple[Reading, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    study: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    made: Made | None = None

    def __post_init__(self) -> None:
        """Refuse parts of different studies."""
        if self.splits is not None:
            targets, train = len(self.splits.targets), len(self.splits.train)
            self.findings.check("splits", targets=targets, train=train)
        if self.agreement is not None:
            self.findings.check("agreement", targets=len(self.agreement.target_accuracy.a))

    def __repr__(self) -> str:
        return f"<Evidence: {self.title!r}, {self.comparison!r}>"

    @property
    def comparison(self) -> Comparison:
        """The comparison that was found."""
        return self.findings.comparison

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return self.findings.n_targets

    @property
    def n_train(self) -> int:
        """Number of training examples that may be left out."""
        return self.findings.n_train

    @property
    def targets(self) -> Dataset | None:
        """The targets, where the examples are known."""
        return None if self.splits is None else self.splits.targets

    @property
    def train(self) -> Dataset | None:
        """The training examples, where they are known."""
        return None if self.splits is None else self.splits.train

    @cached_property
    def changed_predictions(self) -> dict[str, np.ndarray]:
        """What most models of A, then of B, say of each target; empty where it is not known."""
        outputs, data = self.findings.answers, self.targets
        if data is None or data.class_names is None or outputs is None:
            return {}
        a, b = outputs.map(lambda each: each.predictions)
        if a is None or b is None:
            return {}
        return {"prediction (A → B)": changed_predictions(a, b, data.class_names)}
