"""How groups of training examples led to the answer."""

from dataclasses import dataclass

from traindiff.report.content.document.directions import Enrichment

__all__ = ["FocusStep", "Focusing", "Group"]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of training examples. `q_value` is of "its members are used differently".

    `exemplars` are the ids of the members nearest its centre; `traits` what sets it apart.
    """

    name: str
    size: int
    named: bool
    q_value: float | None
    exemplars: tuple[str, ...]
    traits: tuple[Enrichment, ...]


@dataclass(frozen=True, kw_only=True)
class FocusStep:
    """One decision, by models of its own: over how many groups, and what it named."""

    groups: int
    n_models: int
    estimator: str
    p_value: float | None
    named_groups: int
    named_examples: int


@dataclass(frozen=True, kw_only=True)
class Focusing:
    """What was done, in one line; every decision; and the groups of the one that is shown."""

    outline: str
    path: str
    steps: tuple[FocusStep, ...]
    groups: tuple[Group, ...]
