"""What the members of a subpopulation share: labels, changed predictions, metadata (METHOD §3.5).

Each property is tested against all other examples, and the tests are corrected for how many there
are. They describe a group that a direction has singled out; whether the direction is real is not
their business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import false_discovery_control, hypergeom, mannwhitneyu

__all__ = ["Enrichment", "changed_predictions", "enrich"]

UNCHANGED = "as before"


@dataclass(frozen=True, kw_only=True)
class Enrichment:
    """A property that a group has more (or, if numeric, higher or lower) than the other examples.

    Parameters
    ----------
    name : str
        Of the property.
    value : str or None
        The over-represented category; None where the property is numeric.
    here, elsewhere : float
        Share of the group and of the other examples with that value, or their medians.
    p_value : float
        One-sided Fisher exact test of a category, two-sided Mann-Whitney test of a number.
    q_value : float
        Over all categories and properties looked at for this group [BH].
    """

    name: str
    value: str | None
    here: float
    elsewhere: float
    p_value: float
    q_value: float


def enrich(
    properties: Mapping[str, np.ndarray], group: np.ndarray, *, level: float = 0.05
) -> tuple[Enrichment, ...]:
    """Return what sets a group apart, the surest first.

    Parameters
    ----------
    properties : mapping of str to array, shape [examples]
        Numbers, or anything else, which is read as a category. Names that nearly all differ, such
        as ids, are passed over.
    group : int array
        Indices of the group.
    level : float
        Largest q-value returned.

    Returns
    -------
    tuple of Enrichment

    Examples
    --------
    Of a `Comparison` made of your own arrays, ``found.subpopulation(0).positive_targets`` is such a
    group, and ``properties`` are labels and columns of your own table of targets.

    >>> hospital = np.array(["north", "south"] * 20)
    >>> [first] = enrich({"hospital": hospital}, np.arange(0, 20, 2))
    >>> first.value, first.here, round(first.elsewhere, 2), first.q_value < 0.01
    ('north', 1.0, 0.33, True)
    """
    member = np.zeros(len(next(iter(properties.values()), ())), dtype=bool)
    member[group] = True
    if not member.any() or member.all():
        return ()
    found = [each for name in properties for each in _tests(name, properties[name], member)]
    if not found:
        return ()
    q_values = false_discovery_control(np.array([each.p_value for each in found]))
    told = [replace(each, q_value=float(q)) for each, q in zip(found, q_values, strict=True)]
    kept = [each for each in told if each.q_value <= level]
    return tuple(sorted(kept, key=lambda each: (each.p_value, each.name, each.value or "")))


def changed_predictions(
    said_a: np.ndarray, said_b: np.ndarray, class_names: tuple[str, ...]
) -> np.ndarray:
    """Return what most models of A and of B say of each target, where that differs.

    Parameters
    ----------
    said_a, said_b : int array, shape [models, targets]
        Predicted classes.
    class_names : tuple of str

    Returns
    -------
    array of str, shape [targets]
        Such as "cat → dog" (A's, then B's), or "as before".
    """
    a, b = (_most_said(said, len(class_names)) for said in (said_a, said_b))
    return np.array(
        [
            UNCHANGED if one == other else f"{class_names[one]} → {class_names[other]}"
            for one, other in zip(a.tolist(), b.tolist(), strict=True)
        ],
        dtype=object,
    )


def _most_said(said: np.ndarray, classes: int) -> np.ndarray:
    return np.array([np.bincount(votes, minlength=classes).argmax() for votes in said.T])


def _tests(name: str, values: np.ndarray, member: np.ndarray) -> Iterator[Enrichment]:
    if np.asarray(values).dtype.kind in "iuf":
        yield from _numeric(name, values.astype(float), member)
    else:
        yield from _categorical(name, np.asarray(values).astype(str), member)


def _numeric(name: str, values: np.ndarray, member: np.ndarray) -> Iterator[Enrichment]:
    known = np.isfinite(values)
    here, elsewhere = values[known & member], values[known & ~member]
    if not len(here) or not len(elsewhere) or np.ptp(values[known]) == 0:
        return
    yield Enrichment(
        name=name,
        value=None,
        here=float(np.median(here)),
        elsewhere=float(np.median(elsewhere)),
        p_value=float(mannwhitneyu(here, elsewhere).pvalue),
        q_value=1.0,
    )


def _categorical(name: str, values: np.ndarray, member: np.ndarray) -> Iterator[Enrichment]:
    categories = np.unique(values)
    # Names that nearly all differ would each be a test, and drown the others in the correction.
    if len(categories) < 2 or len(categories) > len(values) / 2:
        return
    size = int(member.sum())
    for category in categories.tolist():
        has = values == category
        inside = int((has & member).sum())
        if inside and category != UNCHANGED:
            yield Enrichment(
                name=name,
                value=category,
                here=inside / size,
                elsewhere=float(has[~member].mean()),
                # The upper tail of Fisher's exact test: at least so many of the category.
                p_value=float(hypergeom.sf(inside - 1, len(values), int(has.sum()), size)),
                q_value=1.0,
            )
