"""p-values that hold over several looks at data that grow (METHOD §10.12).

"Train more models and look again" is another chance each time: looks at 40, 80, 160 and 320 models
are significant at one of them in 9% of runs at a level of 5%. The level is therefore spent over the
looks: a look may reject at its share of the level, shares add up to at most 1, and the union of
what is rejected is no larger than their sum, however looks depend on each other (Bonferroni).

The spending function, fixed before anything is seen: of the first plan, a run that is set to end at
``planned`` models, the looks until ``models`` have spent 0.9 (models / planned)⁴ (Kim & DeMets
1987). Early looks cost little and the planned last one has nearly all. A run that is raised beyond
its plan has a plan more, which gets half of what is left: say at the start how far you may go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from traindiff.errors import at_least, between

__all__ = ["Look", "next_share", "shares", "valid_p_value"]

FIRST_PLAN = 0.9
LATER_PLAN = 0.5
POWER = 4


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a run.

    Parameters
    ----------
    models : int
        Models a side that were there.
    planned : int
        At how many the run was set to end when the look was taken.
    p_value : float
        Of the global test on those models, as if there were no other look.

    Raises
    ------
    InputError
        When there were more models than planned, or ``p_value`` is none.
    """

    models: int
    planned: int
    p_value: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        at_least("models", self.models, 1)
        at_least("planned", self.planned, self.models, ", the number of models looked at")
        between("p_value", self.p_value, 0, 1)


def shares(looks: Sequence[Look]) -> tuple[float, ...]:
    """Return the share of the level that each look could spend; their sum is below 1.

    A look at no more models than the one before has none: it sees nothing new.
    """
    found, most, plan, spent, budget, left = [], 0, 0, 0.0, 0.0, 1.0
    for look in looks:
        if look.planned > plan:  # what the last plan did not spend is lost, and not spent twice
            budget = left * (LATER_PLAN if plan else FIRST_PLAN)
            left, plan, spent = left - budget, look.planned, 0.0
        # A power family: small shares early, so that the planned last look keeps nearly all.
        reached = (look.models / plan) ** POWER if look.models > most else spent
        found.append(budget * max(reached - spent, 0.0))
        spent, most = max(spent, reached), max(most, look.models)
    return tuple(found)


def valid_p_value(looks: Sequence[Look]) -> float:
    """Return the p-value that is valid over all looks taken, and those still to come.

    Under the null hypothesis it is, at any look, at most ``level`` with a probability of at most
    ``level`` over all looks together.

    Parameters
    ----------
    looks : sequence of Look
        In the order in which they were taken; at least one.

    Examples
    --------
    >>> first = Look(models=40, planned=160, p_value=0.3)
    >>> second = Look(models=160, planned=160, p_value=0.01)
    >>> round(valid_p_value([first]), 3), round(valid_p_value([first, second]), 3)
    (1.0, 0.011)
    """
    spent = zip(looks, shares(looks), strict=True)
    return min([1.0, *(look.p_value / share for look, share in spent if share > 0)])


def next_share(looks: Sequence[Look], *, models: int, planned: int) -> float:
    """Return the share of the level that a further look could spend: what it can cost to look."""
    return shares([*looks, Look(models=models, planned=planned, p_value=1.0)])[-1]
