"""How many groups: as many as the models can tell apart (METHOD §8)."""

from math import comb

from traindiff.errors import InputError, at_least

__all__ = ["FEWEST", "MOST", "check_count", "check_models", "check_subsets", "group_count"]

FEWEST, MOST = 16, 32
MODELS_A_GROUP = 2
COMFORTABLE = 6
"""Models a group from which finer groups cost no power: a difference is then in a few of them."""
EXAMPLES_A_GROUP = 4


def group_count(models: int, examples: int) -> int:
    """Return how many groups to make of some training examples.

    Parameters
    ----------
    models : int
        A side. Half as many groups leave least squares enough to know the noise by; more than 16
        are made where there are six models for each.
    examples : int

    Returns
    -------
    int
        16 to 32 where there are as many models and examples as that takes.

    Raises
    ------
    InputError
        When there are too few examples for two groups.

    Examples
    --------
    >>> group_count(40, 500), group_count(160, 500), group_count(20, 500), group_count(40, 60)
    (16, 26, 10, 15)
    """
    at_least("training examples", examples, 2 * EXAMPLES_A_GROUP, " to make groups of")
    wanted = max(FEWEST, min(MOST, models // COMFORTABLE))
    return max(2, min(wanted, models // MODELS_A_GROUP, examples // EXAMPLES_A_GROUP))


def check_count(count: int, examples: int) -> None:
    """Check that so many groups can be made of so many examples.

    Raises
    ------
    InputError
    """
    at_least("groups", count, 2, ": a subset takes or leaves whole groups")
    if count > examples:
        raise InputError(
            f"groups must be at most one an example: {count} are asked for, of {examples} training "
            "examples. Ask for fewer."
        )


def check_models(groups: int, models: int) -> None:
    """Check that so many models, each on half of the groups, can tell the groups apart.

    Raises
    ------
    InputError
        When there are fewer than two models a group, or fewer different subsets than models.
    """
    if models < MODELS_A_GROUP * groups:
        raise InputError(
            f"{groups} groups need at least {MODELS_A_GROUP * groups} models a side to be told "
            f"apart, found {models}: raise models or ask for {max(models // 2, 2)} groups."
        )
    check_subsets(groups, models)


def check_subsets(groups: int, models: int) -> None:
    """Check that so many models, each on half of the groups, can see different ones.

    Raises
    ------
    InputError
        When there are fewer different subsets than models.
    """
    subsets = comb(groups, groups // 2)
    if subsets < models:
        raise InputError(
            f"{groups} groups have {subsets} different halves, fewer than the {models} models a "
            "side: models would repeat each other's subsets. Ask for more groups."
        )
