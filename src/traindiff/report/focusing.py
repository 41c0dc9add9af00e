"""How a study that proposed groups of training examples came to its answer (METHOD §8)."""

from dataclasses import dataclass

from traindiff.comparison.base import Comparison
from traindiff.comparison.parts import Estimator
from traindiff.grouping.base import Proposal

__all__ = ["Focusing", "Step"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One decision over groups, by models of its own.

    Parameters
    ----------
    proposal : Proposal
        The groups.
    comparison : Comparison
        Its train axis is the groups.
    named : tuple of int
        The groups that are used differently, the largest weight first; none unless the comparison
        is significant.
    """

    proposal: Proposal
    comparison: Comparison
    named: tuple[int, ...]

    @property
    def estimator(self) -> Estimator:
        """How datamodels over groups were made."""
        return self.comparison.estimator

    @property
    def named_examples(self) -> int:
        """Number of training examples in the named groups."""
        return int(self.proposal.sizes[list(self.named)].sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Focusing:
    """From all training examples to those that are named.

    Parameters
    ----------
    outline : str
        What was done, in one line.
    steps : tuple of Step
        The decision over the proposed groups, then over the parts of those that it named, and so
        on.
    shown : int
        The step whose directions the report shows: the last that was significant, or the first.
    """

    outline: str
    steps: tuple[Step, ...]
    shown: int = 0
