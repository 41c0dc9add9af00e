"""The wider null hypothesis: a scale for each target, Θᴬ_x = s_x Θᴮ_x (METHOD §10.6).

Temperature, label smoothing, or a longer training make some targets react more strongly than others
to the same examples. Its p-value is at least that of the narrower one, a scale for all: the largest
of p-values at scales that may be the true ones, as there (METHOD §5.1, Berger & Boos 1994).
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from traindiff.comparison.parts import Estimator
from traindiff.comparison.subsets.evening import unit
from traindiff.comparison.subsets.models import SubsetModels
from traindiff.comparison.subsets.pairing import Matched
from traindiff.comparison.subsets.prepare import prepare
from traindiff.comparison.testing.inference import infer
from traindiff.comparison.testing.reduced import Candidates
from traindiff.comparison.testing.settings import Settings
from traindiff.datamodels import difference_weights
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["strength_p_value"]

DRAWS = 99
STEPS = 17
MOST = 8.0
"""How many times as strongly as a typical target one may react."""
LEAST_SIGNAL = 0.1
"""Share of a datamodel's size that is taken for signal at least: the rest is noise."""


def strength_p_value(
    models: Matched, p_value: float, settings: Settings, estimator: Estimator
) -> float:
    """Return the p-value of "A and B differ only in how strongly each target reacts".

    Parameters
    ----------
    models : Matched
    p_value : float
        Of the narrower null hypothesis.
    settings : Settings
    estimator : {"difference", "least-squares"}
    """
    for strengths in _candidates(models.outputs):
        p_value = max(p_value, _at(models, strengths, settings, estimator))
        if p_value > settings.level:  # not rejected, whatever the others say
            break
    return p_value


def _candidates(outputs: Pair[Outputs]) -> Iterator[np.ndarray]:
    """Yield how strongly each target reacts under A against B, over a typical target.

    By datamodels, less their noise, where signal and noise do not grow together; by outputs, which
    know it better where they do; and in between.
    """
    signals, spreads = outputs.map(_signal), outputs.map(_spread)
    by_outputs, by_datamodels = (_ratio(sizes) for sizes in (spreads, signals))
    yield np.exp((by_outputs + by_datamodels) / 2)
    yield np.exp(by_outputs)
    yield np.exp(by_datamodels)


def _ratio(sizes: Pair[np.ndarray]) -> np.ndarray:
    """Return the logarithm of A's size over B's, 0 for a typical target, shape [targets]."""
    known = (sizes.a > 0) & (sizes.b > 0)
    logs = np.zeros(len(known))
    logs[known] = np.log(sizes.a[known] / sizes.b[known])
    logs[known] -= np.median(logs[known]) if known.any() else 0
    return np.clip(logs, -np.log(MOST), np.log(MOST))


def _spread(side: Outputs) -> np.ndarray:
    return np.asarray((side.values / unit(side)).std(axis=0, dtype=np.float64))


def _signal(side: Outputs) -> np.ndarray:
    """Return the size of each datamodel without its noise, [targets], in a unit of the side's."""
    values = (side.values - side.values.mean(axis=0, dtype=np.float64)) / unit(side)
    weights = difference_weights(side.masks, values)
    fraction = float(side.masks.mean())
    noise = values.var(axis=0) * side.n_train / (side.n_models * fraction * (1 - fraction))
    squares = np.square(weights).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - noise, LEAST_SIGNAL * squares)))


def _at(models: Matched, strengths: np.ndarray, settings: Settings, estimator: Estimator) -> float:
    """Return the p-value of "alike, up to a scale" once B's targets react as strongly as A's."""
    a, b = models.outputs
    scaled = replace(b, values=b.values * strengths)
    evened = replace(models, outputs=Pair(a, scaled))
    evidence = prepare(evened, shrinkage=settings.shrinkage, estimator=estimator)
    least = max(DRAWS, math.ceil(1 / settings.level) - 1)
    draws = evidence.null(min(settings.permutations, least), settings.seed)
    return infer(evidence, _scales(evidence), draws, 1, _silently).p_value


def _scales(evidence: SubsetModels) -> Candidates:
    """Return the scale that the outputs tell, and that at which the datamodels differ least.

    No more of them, as three strengths are tried at each.
    """
    whole, guess = evidence.whole(), evidence.scale_guess()
    tried = guess * np.exp2(np.linspace(-1, 1, STEPS))
    whitenings = [evidence.whitening(float(scale)) for scale in tried]
    excess = [each.excess(each.whitened(*whole)) for each in whitenings]
    best = float(tried[int(np.argmin(excess))])
    both = np.unique([guess, best])
    return Candidates(scales=both, shown=best, common=np.zeros(0), dips=both)


def _silently(amount: int = 1) -> None:
    """Advance no meter."""
