"""A comparison over groups, read over the training examples in them.

The test is the groups': every member has its group's weight and q-value, and an equal share of its
statistic: what five examples did together says more of each than what fifty did. The order of
members is the attributions', or that of their distances from the centre of the group; it is told by
weights that differ by no more than a rounding, so that all that goes by order goes by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from traindiff.comparison.base import Comparison
from traindiff.comparison.parts import AxisTest, Directions
from traindiff.grouping.base import Proposal

__all__ = ["named_groups", "over_examples", "over_groups", "shared_out", "surely"]

NAMED = 0.1
"""q-value up to which a group is named."""
ORDER = 1e-4
"""Share of its group's weight by which the last member's falls short of the first's."""


def over_groups(masks: np.ndarray, proposal: Proposal) -> np.ndarray:
    """Return masks over groups, [models, groups], of masks over examples that keep groups whole."""
    first = np.unique(proposal.groups.members, return_index=True)[1]
    return np.asarray(masks[:, first])


def over_examples(comparison: Comparison, proposal: Proposal) -> Comparison:
    """Return a comparison over groups as one over training examples.

    Parameters
    ----------
    comparison : Comparison
        Its train axis is the groups of ``proposal``.
    proposal : Proposal

    Returns
    -------
    Comparison
        Its directions weight an example as its group: unit vectors over groups, not over examples,
        so that projections keep their units.
    """
    members = proposal.groups.members
    found, test = comparison.found, comparison.test
    return replace(
        comparison,
        found=replace(found, rows=_rows(found, proposal)),
        excluded_train=np.flatnonzero(np.isin(members, comparison.excluded_train)),
        test=None if test is None else replace(test, train=shared_out(test.train, members)),
    )


def surely(comparison: Comparison, steps: Sequence[Comparison]) -> Comparison:
    """Return a comparison whose global p-value is the largest of all that led to it.

    It is shown where it is significant only, so that its own p-value alone would be too small.
    """
    if comparison.test is None:
        return comparison
    largest = max(step.test.p_value for step in steps if step.test is not None)
    return replace(comparison, test=replace(comparison.test, p_value=largest))


def named_groups(comparison: Comparison) -> tuple[int, ...]:
    """Return the groups used differently, the largest weight in a significant direction first."""
    significant = list(comparison.significant)
    if comparison.test is None or not significant:
        return ()
    weights = np.abs(comparison.directions[significant]).max(axis=0)
    sure = comparison.test.train.q_values <= NAMED
    order = np.argsort(-weights, kind="stable")
    return tuple(order[sure[order]].tolist())


def shared_out(test: AxisTest, members: np.ndarray) -> AxisTest:
    """Return a test over groups as one over examples: each has a share of its group's statistic."""
    shares = test.statistics / np.bincount(members)
    return AxisTest(statistics=shares[members], q_values=test.q_values[members])


def _rows(found: Directions, proposal: Proposal) -> np.ndarray:
    return np.array(list(_ordered(found, proposal))).reshape(len(found.rows), -1)


def _ordered(found: Directions, proposal: Proposal) -> Iterator[np.ndarray]:
    members = proposal.groups.members
    for row, projections in zip(found.rows, found.projections.T, strict=True):
        weights = row[members]
        nearest = -proposal.distances
        if proposal.influence is not None:
            nearest = proposal.influence.along(projections) * np.sign(weights)
        yield weights * (1 - ORDER * _ranks(nearest, members))


def _ranks(values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return each example's rank in its group, 0 for the largest value, as a share of its size."""
    order = np.lexsort((-values, members))
    sizes = np.bincount(members)
    starts = np.cumsum(sizes) - sizes
    ranks = np.empty(len(members))
    ranks[order] = np.arange(len(members)) - starts[members[order]]
    return np.asarray(ranks / sizes[members])
