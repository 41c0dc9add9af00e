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
from traindiff.lenses.reading import Reading
from traindiff.outputs import Outputs
from traindiff.verification import Verdict

__all__ = ["Attribution", "Evidence"]


class Attribution(Protocol):
    """Datamodels to read: who matters to a target, and by how much."""

    @property
    def weights(self) -> np.ndarray: ...
    @property
    def lds(self) -> Quality | None: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What is known about a pair of algorithms, ready to be written up.

    Parameters
    ----------
    title : str
        The question, in the user's words.
    comparison : Comparison
    name_a, name_b : str
        What people call the algorithms.
    output : str
        The output explained: "margin", "negative-cross-entropy", "negative-error", "prediction"
        or a name of the user's own.
    splits : Splits or None
        The examples themselves; without them the report names examples by their index.
    outputs_a, outputs_b : Outputs or None
    agreement : Agreement or None
    lenses : tuple of Reading
        Other questions about the same models, asked about the targets.
    datamodels_a, datamodels_b : Attribution or None
        Weights ``[targets, train]`` shown where an example is clicked.
    curve_a, curve_b : LearningCurve or None
        Of the difference datamodels that the test rests on.
    hypotheses : tuple of Hypothesis
    verdicts : tuple of Verdict
    control_p_value : float or None
        p-value of A compared with itself (`traindiff.comparison.control`).
    settings : mapping
        The resolved study.
    study : mapping
        The study file as it was written; empty where the study was made in Python.
    timings : mapping of str to float
        Seconds by stage, as the run recorded them.
    versions : mapping of str to str
    command : str
        What to type to obtain this report again.

    Raises
    ------
    InputError
        When the parts belong to different studies: their numbers of examples disagree.
    """

    title: str
    comparison: Comparison
    name_a: str = "A"
    name_b: str = "B"
    output: str = "margin"
    splits: Splits | None = None
    outputs_a: Outputs | None = None
    outputs_b: Outputs | None = None
    agreement: Agreement | None = None
    lenses: tuple[Reading, ...] = ()
    datamodels_a: Attribution | None = None
    datamodels_b: Attribution | None = None
    curve_a: LearningCurve | None = None
    curve_b: LearningCurve | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    control_p_value: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    study: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""

    def __post_init__(self) -> None:
        """Refuse parts of different studies."""
        for what, found, axis in self._counts():
            expected = self.n_targets if axis == "targets" else self.n_train
            if found != expected:
                raise InputError(
                    f"{what} has {found} {axis} where the comparison has {expected}: "
                    "a report is about one study; give parts of the same one."
                )

    def _counts(self) -> list[tuple[str, int, str]]:
        counts = []
        if self.splits is not None:
            counts.append(("splits.train", len(self.splits.train), "training examples"))
            counts.append(("splits.targets", len(self.splits.targets), "targets"))
        for name, outputs in (("outputs_a", self.outputs_a), ("outputs_b", self.outputs_b)):
            if outputs is not None:
                counts.append((name, outputs.n_train, "training examples"))
                counts.append((name, outputs.n_targets, "targets"))
        for name, fitted in (
            ("datamodels_a", self.datamodels_a),
            ("datamodels_b", self.datamodels_b),
        ):
            if fitted is not None:
                counts.append((name, fitted.weights.shape[0], "targets"))
                counts.append((name, fitted.weights.shape[1], "training examples"))
        if self.agreement is not None:
            counts.append(("agreement", len(self.agreement.target_accuracy.a), "targets"))
        return counts

    @cached_property
    def changed_predictions(self) -> dict[str, np.ndarray]:
        """What most models of A, then of B, say of each target; empty where it is not known."""
        a, b, data = self.outputs_a, self.outputs_b, self.targets
        if data is None or data.class_names is None or a is None or b is None:
            return {}
        if a.predictions is None or b.predictions is None:
            return {}
        said = changed_predictions(a.predictions, b.predictions, data.class_names)
        return {"prediction (A → B)": said}

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.comparison.similarity)

    @property
    def n_train(self) -> int:
        """Number of training examples that may be left out."""
        return int(self.comparison.directions.shape[1])

    @property
    def targets(self) -> Dataset | None:
        """The targets, where the examples are known."""
        return None if self.splits is None else self.splits.targets

    @property
    def train(self) -> Dataset | None:
        """The training examples, where they are known."""
        return None if self.splits is None else self.splits.train
