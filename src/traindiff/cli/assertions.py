"""What a team may demand of a report before it merges: each holds or does not, and says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from traindiff.errors import InputError

__all__ = ["Assertion", "accuracy_drop", "disagreement", "fit", "no_confirmed", "no_difference"]


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """One demand: what it is called, whether it holds, and what was found."""

    name: str
    holds: bool
    found: str


def no_difference(report: Mapping[str, Any]) -> Assertion:
    """Demand that no difference in the use of training data was found.

    That is no proof that there is none: what was found says with how many models.

    Raises
    ------
    InputError
        When nothing was tested.
    """
    answer = report["answer"]
    if answer["found"] is None:
        raise InputError(
            f"--no-difference: nothing was tested in {report['title']!r}, whose method has no "
            "test. Compare masks and outputs of trained models: traindiff compare a.npz b.npz"
        )
    return Assertion(name="no difference", holds=not answer["found"], found=answer["headline"])


def no_confirmed(report: Mapping[str, Any]) -> Assertion:
    """Demand that no transformation of the input is confirmed to move one side alone."""
    confirmed = [t["description"] for t in report["trials"] if t["state"] == "confirmed"]
    found = f"confirmed: {', '.join(confirmed)}" if confirmed else "none is confirmed"
    tested = sum(trial["state"] != "not tested" for trial in report["trials"])
    return Assertion(
        name="no confirmed transformation", holds=not confirmed, found=f"{found}; {tested} tested"
    )


def disagreement(report: Mapping[str, Any], most: float) -> Assertion:
    """Demand that A and B predict different classes on at most a share of targets.

    Raises
    ------
    InputError
        When the report does not know their predictions.
    """
    agreement = _agreement(report, "--max-disagreement")
    found, own = agreement["disagreement"], agreement["self_disagreement"]
    return Assertion(
        name=f"disagreement at most {100 * most:g}%",
        holds=found["mean"] <= most,
        found=f"A and B disagree on {_share(found)} of targets; models of A among themselves on "
        f"{_share(own['a'])}, of B on {_share(own['b'])}",
    )


def accuracy_drop(report: Mapping[str, Any], most: float) -> Assertion:
    """Demand that B's accuracy is at most so much lower than A's.

    Raises
    ------
    InputError
        When the report does not know their predictions.
    """
    found = _agreement(report, "--max-accuracy-drop")["accuracy_difference"]
    return Assertion(
        name=f"accuracy of B at most {100 * most:g} points below A's",
        holds=found["mean"] <= most,
        found=f"accuracy of A − accuracy of B: {_share(found)}",
    )


def fit(report: Mapping[str, Any]) -> Assertion:
    """Demand that no caution stands beside the verdict: the two are fit to be compared."""
    cautions = report["cautions"]
    return Assertion(
        name="fit to be compared", holds=not cautions, found=" ".join(cautions) or "no caution"
    )


def _agreement(report: Mapping[str, Any], option: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = report["agreement"]
    if found is None:
        raise InputError(
            f"{option}: predicted classes are not known in {report['title']!r}: it is a "
            "regression, or outputs came without predictions and labels."
        )
    return found


def _share(interval: Mapping[str, float]) -> str:
    mean, low, high = (100 * interval[part] for part in ("mean", "low", "high"))
    return f"{mean:.1f}% [{low:.1f}, {high:.1f}]"
