"""What the trained models say: the comparison and what is read beside it, by kind of evidence."""

from dataclasses import dataclass

import numpy as np

from traindiff.comparison import Comparison, compare, compare_checkpoints
from traindiff.comparison.control import control_p_value
from traindiff.datamodels import Datamodels, fit_datamodels
from traindiff.datamodels.curve import LearningCurve, learning_curve
from traindiff.outputs import Outputs
from traindiff.progress import Progress
from traindiff.study.evidence.checkpoints import Checkpoints, MeanAttribution
from traindiff.study.settings import CompareSettings

__all__ = ["Findings", "from_checkpoints", "from_subsets"]

FEWEST_FOR_CONTROL = 8  # checkpoints, so that halves of them could reach p <= 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """What one kind of evidence says.

    Parameters
    ----------
    comparison : Comparison
    outputs_a, outputs_b : Outputs
    datamodels_a, datamodels_b : Datamodels or MeanAttribution
        To read; inference does not use them.
    curve_a, curve_b : LearningCurve or None
        None for checkpoints.
    control_p_value : float or None
        Of A compared with itself, where there are models enough to divide.
    notes : tuple of str
        What was left out or computed anew.
    """

    comparison: Comparison
    outputs_a: Outputs
    outputs_b: Outputs
    datamodels_a: Datamodels | MeanAttribution
    datamodels_b: Datamodels | MeanAttribution
    curve_a: LearningCurve | None = None
    curve_b: LearningCurve | None = None
    control_p_value: float | None = None
    notes: tuple[str, ...] = ()


def from_subsets(
    a: Outputs,
    b: Outputs,
    notes: tuple[str, ...],
    settings: CompareSettings,
    *,
    seed: int,
    progress: Progress,
) -> Findings:
    """Compare the outputs of models trained on random subsets (METHOD §5)."""
    lasso_a, lasso_b = (fit_datamodels(side, estimator="lasso", seed=seed) for side in (a, b))
    curve_a, curve_b = (learning_curve(side, "difference", seed=seed) for side in (a, b))
    return Findings(
        comparison=compare(
            a,
            b,
            directions=settings.directions,
            permutations=settings.permutations,
            level=settings.level,
            shrinkage=settings.shrinkage,
            seed=seed,
            progress=progress,
        ),
        outputs_a=a,
        outputs_b=b,
        datamodels_a=lasso_a,
        datamodels_b=lasso_b,
        curve_a=curve_a,
        curve_b=curve_b,
        control_p_value=control_p_value(
            a,
            permutations=settings.permutations,
            level=settings.level,
            shrinkage=settings.shrinkage,
            seed=seed,
            progress=progress,
        ),
        notes=notes,
    )


def from_checkpoints(
    a: Checkpoints,
    b: Checkpoints,
    notes: tuple[str, ...],
    settings: CompareSettings,
    *,
    seed: int,
    progress: Progress,
) -> Findings:
    """Compare the attributions of checkpoints."""

    def compared(one: np.ndarray, other: np.ndarray, directions: int) -> Comparison:
        return compare_checkpoints(
            one,
            other,
            directions=directions,
            permutations=settings.permutations,
            level=settings.level,
            shrinkage=settings.shrinkage,
            seed=seed,
            progress=progress,
        )

    control = None
    if len(a.scores) >= FEWEST_FOR_CONTROL:
        control = compared(a.scores[::2], a.scores[1::2], 1).p_value
    return Findings(
        comparison=compared(a.scores, b.scores, settings.directions),
        outputs_a=a.outputs,
        outputs_b=b.outputs,
        datamodels_a=a.mean,
        datamodels_b=b.mean,
        control_p_value=control,
        notes=notes,
    )
