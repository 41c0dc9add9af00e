"""The bytes that attribution takes."""

from dataclasses import dataclass

from traindiff.attribution.base import Method
from traindiff.attribution.subject import Subject

__all__ = ["Cost", "cost_of"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The bytes that one checkpoint takes.

    Parameters
    ----------
    scores, kept : int
        Of its scores [targets, train], and of what is kept of the training examples.
    working : int
        Of all that is held while it is attributed, about.
    """

    scores: int
    kept: int
    working: int


def cost_of(method: Method, subject: Subject, axis: int) -> Cost:
    """Return the cost of one checkpoint.

    Parameters
    ----------
    method : Method
    subject : Subject
    axis : int
        Length of the train axis.
    """
    single, double, train = 4, 8, len(subject.train)
    width = method.width(subject.network(subject.module))
    scores, kept = (single * axis * other for other in (len(subject.targets), width))
    solved = min(train, width)
    gradients = single * train * width if train <= width else 0
    # Sums, solution and its transpose; the matrix solved, and its factor in double precision.
    working = scores + 3 * kept + (single + 2 * double) * solved**2 + gradients
    return Cost(scores=scores, kept=kept, working=working)
