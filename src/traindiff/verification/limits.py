"""What a test could not see, whatever its intervals say (METHOD §10.7)."""

from traindiff.hypotheses.probe import Probe
from traindiff.pair import Pair
from traindiff.statistics.bounds import chance_missed, units_needed

__all__ = ["limits_of"]

_RARE = 0.1
"""Share of models that behave in another way, such as collapse, which a reader may ask about."""
_OFTEN_MISSED = 0.25


def limits_of(probes: Pair[Probe], *, epsilon: float, counted: bool, units: int) -> tuple[str, ...]:
    """Return one sentence for each thing that the test could not see.

    Parameters
    ----------
    probes : Pair of Probe
    epsilon : float
        Threshold of "still", in units of the output.
    counted : bool
        Whether the output is a rate.
    units : int
        Verification inputs, or groups of them.
    """
    same = [letter for letter, probe in probes.items() if probe.identical]
    models = min(probe.n_models for probe in probes)
    return (*_one_model(same, models), *_few_models(models), *_few_units(epsilon, counted, units))


def _one_model(same: list[str], models: int) -> tuple[str, ...]:
    if not same:
        return ()
    whose = " and ".join(same)
    return (
        f"All {models} fresh models of {whose} are identical, so that is one model: the interval "
        "does not cover other training samples.",
    )


def _few_models(models: int) -> tuple[str, ...]:
    missed = chance_missed(_RARE, models)
    if missed <= _OFTEN_MISSED:
        return ()
    return (
        f"With {models} models a side, something that happens to a tenth of models (a collapse, "
        f"say) is missed in {missed:.0%} of tests.",
    )


def _few_units(epsilon: float, counted: bool, units: int) -> tuple[str, ...]:
    if not counted or epsilon >= 1 or units >= (needed := units_needed(epsilon)):
        return ()
    return (
        f"To show that a rate stays within ±{epsilon:.2g} takes at least {needed} inputs; there "
        f"are {units}.",
    )
