"""From significant directions to hypotheses, without a human eye (METHOD §6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from traindiff.algorithms import Ensemble
from traindiff.comparison import Comparison, Side, Subpopulation
from traindiff.datasets import Splits
from traindiff.errors import InputError, at_least
from traindiff.hypotheses.base import Hypothesis
from traindiff.hypotheses.candidates import aims_of, candidates_of
from traindiff.hypotheses.probe import Probe
from traindiff.hypotheses.search.refining import alike, distinct, refine
from traindiff.hypotheses.search.screening import Finding, Screen
from traindiff.pair import Pair
from traindiff.progress import Progress, Silent
from traindiff.seeding import derive

__all__ = ["AUTHOR", "propose"]

AUTHOR = "traindiff"
"""The author of automatic proposals."""

_WEIGHTS: dict[Side, dict[Literal["A", "B"], float]] = {
    "A": {"A": 1.0, "B": 0.5},
    "B": {"A": 0.5, "B": 1.0},
    "both": {"A": 1.0, "B": 1.0},
}
"""How much a candidate counts for each side that it may move, by the direction's side.

Not 0 on the other side: what one recipe is trained to ignore (a shift) is often what only the other
is moved by, though both sides' datamodels vary along the direction.
"""
_RUNGS = ((32, 64), (128, 24))
"""Successive halving: discovery inputs, survivors."""


def propose(
    comparison: Comparison,
    splits: Splits,
    ensemble_a: Ensemble,
    ensemble_b: Ensemble,
    *,
    keep: int = 3,
    directions: int = 3,
    seed: int,
    progress: Progress | None = None,
) -> tuple[Hypothesis, ...]:
    """Return transformations that should move one algorithm and not the other.

    For each significant direction, candidates are mined from its top training examples and swept
    over parametric families. Each is scored by |effect on one side| − |effect on the other| on the
    discovery inputs (``splits.targets``), in a few ways of measuring
    (`candidates.aims_of`); one that moves the side which the direction does not belong to counts
    half. Those that would be confirmed by their discovery effects come first.
    ``splits.verification`` is never looked at.

    Parameters
    ----------
    comparison : Comparison
        Of the honest method; without a significant direction nothing is proposed.
    splits : Splits
    ensemble_a, ensemble_b : Ensemble
        A few models of each algorithm; every one is used in every forward pass.
    keep : int
        Hypotheses a direction, at most.
    directions : int
        How many of the significant directions to look at, strongest first.
    seed : int
    progress : Progress, optional

    Raises
    ------
    InputError
        When ``keep`` or ``directions`` is not positive, or the splits are not those compared.
    """
    at_least("keep", keep, 1)
    at_least("directions", directions, 1)
    _check_sizes(comparison, splits)
    found: list[Hypothesis] = []
    if not comparison.significant:
        return ()
    probes = Pair(ensemble_a, ensemble_b).map(lambda each: Probe.of(each, splits.targets))
    chosen = comparison.significant[:directions]
    with (progress or Silent()).stage("propose", len(chosen)) as advance:
        for direction in chosen:
            search = _Search(
                comparison=comparison, splits=splits, probes=probes, direction=direction
            )
            found += search.run(keep, derive(seed, "propose", direction), found)
            advance()
    return tuple(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    comparison: Comparison
    splits: Splits
    probes: Pair[Probe]
    direction: int

    def run(self, keep: int, seed: int, known: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return the direction's best hypotheses that are not known yet, best first.

        Those that would not be confirmed on the discovery inputs are left out, but for the best.
        """
        group = self.comparison.subpopulation(self.direction)
        candidates = candidates_of(group, self.splits)
        screen = self._screen(group, seed)
        refined = refine(screen, screen.halve(candidates, _RUNGS), self.splits.train, group)
        useful = [finding for finding in distinct(refined) if finding.score > 0]
        best = [finding for finding in useful if finding.passes] or useful[:1]
        hypotheses = [self._hypothesis(finding, len(candidates)) for finding in best]
        new = [h for h in hypotheses if not any(_same(h, other) for other in known)][:keep]
        return [replace(h, name=self._name(h, rank)) for rank, h in enumerate(new, start=1)]

    def _screen(self, group: Subpopulation, seed: int) -> Screen:
        return Screen(
            probes=self.probes,
            data=self.splits.targets,
            aims=aims_of(group, self.splits),
            weights=_WEIGHTS[self.comparison.side(self.direction) or "both"],
            seed=seed,
        )

    def _name(self, hypothesis: Hypothesis, rank: int) -> str:
        return f"direction {self.direction + 1}, proposal {rank}: {hypothesis.transform.kind}"

    def _hypothesis(self, finding: Finding, candidates: int) -> Hypothesis:
        return Hypothesis(
            name=finding.transform.describe(),
            transform=finding.transform,
            aim=finding.aim,
            author=AUTHOR,
            direction=self.direction,
            side=finding.side,
            score=float(finding.score),
            candidates=candidates,
        )


def _same(a: Hypothesis, b: Hypothesis) -> bool:
    """Return whether two hypotheses claim nearly the same."""
    return a.aim == b.aim and a.side == b.side and alike(a.transform, b.transform)


def _check_sizes(comparison: Comparison, splits: Splits) -> None:
    expected = (comparison.projections.shape[0], comparison.directions.shape[1])
    if expected != (len(splits.targets), len(splits.train)):
        raise InputError(
            f"the comparison has {expected[0]} targets and {expected[1]} training examples, the "
            f"splits {len(splits.targets)} and {len(splits.train)}: they belong to other studies."
        )
