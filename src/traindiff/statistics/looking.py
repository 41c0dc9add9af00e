"""How often a run was looked at, and what one more look would cost, in words (METHOD §10.12)."""

from collections.abc import Sequence

from traindiff.statistics.looks import Look, next_share, shares

__all__ = ["looks_told", "percent_of_level"]


def looks_told(looks: Sequence[Look], level: float) -> str:
    """Return how many looks there were, what is left to spend, and what the next one costs.

    >>> told = looks_told([Look(models=40, planned=40, p_value=0.2)], 0.05)
    >>> for sentence in told.split(": "):
    ...     print(sentence)
    Looked at once, at 40 models a side. 10% of the level of 0.05 is left for further looks
    one at 80 models a side may spend 5% of it, and needs a p-value of its own of at most 0.0025.
    """
    most, plan = max(each.models for each in looks), max(each.planned for each in looks)
    models = plan if most < plan else 2 * most
    share = next_share(looks, models=models, planned=max(models, plan))
    return (
        f"Looked at {_times(looks)}. {percent_of_level(1 - sum(shares(looks)))} of the level of "
        f"{level:g} is left for further looks: one at {models:,} models a side may spend "
        f"{percent_of_level(share)} of it, and needs a p-value of its own of at most "
        f"{share * level:.2g}."
    )


def percent_of_level(share: float) -> str:
    """Return a share of the level.

    >>> percent_of_level(0.9), percent_of_level(0.0035)
    ('90%', '0.35%')
    """
    return f"{100 * share:.2g}%"


def _times(looks: Sequence[Look]) -> str:
    at = [f"{each.models:,}" for each in looks]
    if len(at) == 1:
        return f"once, at {at[0]} models a side"
    return (
        f"{len(at)} times, at {', '.join(at[:-1])} and {at[-1]} models a side; p-values hold over "
        "all of them"
    )
