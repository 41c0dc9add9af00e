"""Are models as sure as they are right? Calibration of one ensemble's predicted classes."""

from dataclasses import dataclass

import numpy as np

from traindiff import seeding
from traindiff.statistics.bootstrap import Interval, two_way_interval

__all__ = ["Calibration", "measure_calibration"]

BINS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Confidence against accuracy, over models and targets.

    Parameters
    ----------
    overconfidence : Interval
        Mean probability of the predicted class − accuracy, with its two-way interval; positive =
        surer than right.
    calibration_error : float
        Expected calibration error (Guo et al. 2017, eq. 3) over ten bins of equal counts.
    confidence, accuracy : array, shape [bins]
        Mean of each bin, the least confident first.
    """

    overconfidence: Interval
    calibration_error: float
    confidence: np.ndarray
    accuracy: np.ndarray


def measure_calibration(confidences: np.ndarray, right: np.ndarray, *, seed: int) -> Calibration:
    """Compare how sure models are with how often they are right.

    Parameters
    ----------
    confidences : array, shape [models, targets]
        Probability of the predicted class.
    right : bool array, shape [models, targets]
        Whether that class is the right one.
    seed : int
        Of the bootstrap.
    """
    sure, hits = confidences.astype(np.float64), right.astype(np.float64)
    order = np.argsort(sure, axis=None, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    confidence, accuracy = (
        np.array([table.ravel()[part].mean() for part in bins]) for table in (sure, hits)
    )
    shares = np.array([len(part) for part in bins]) / sure.size
    return Calibration(
        overconfidence=two_way_interval(
            sure - hits, seed=seeding.derive(seed, "agreement", "confidence")
        ),
        calibration_error=float(shares @ np.abs(confidence - accuracy)),
        confidence=confidence,
        accuracy=accuracy,
    )
