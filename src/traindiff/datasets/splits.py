"""Divide a dataset into training, target and verification examples, once and for all."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron, vstack

from traindiff import seeding
from traindiff.datasets.base import Dataset, Splits
from traindiff.errors import InputError, unknown, whole

__all__ = ["split"]

_LEAST = {"train": 2, "targets": 1, "verification": 1}


def split(
    dataset: Dataset,
    *,
    train: int,
    targets: int,
    verification: int,
    seed: int,
    group: str | None = None,
) -> Splits:
    """Draw three disjoint parts of the stated sizes at random, stratified by class.

    Each part holds every class at its share of the whole dataset, rounded up or down. Within a
    part, examples keep the dataset's order.

    Parameters
    ----------
    dataset : Dataset
    train, targets, verification : int
        Number of examples in each part; what remains is unused.
    seed : int
        The study's seed; the draw is named "split".
    group : str, optional
        A metadata column. Examples of one group never fall into two parts; class shares are then
        as even as a greedy assignment of whole groups makes them.

    Raises
    ------
    InputError
        When a size is too small, examples or groups are too few, or a class would have no training
        example.
    """
    sizes = {"train": train, "targets": targets, "verification": verification}
    _check_sizes(dataset, sizes)
    rng = seeding.stream(seed, "split")
    if group is None:
        parts = _draw(_strata(dataset), np.arange(len(dataset)), [*sizes.values()], rng)
    else:
        parts = _draw_groups(dataset, group, sizes, rng)
    _check_classes(dataset, parts[0])
    drawn = (dataset.take(np.sort(part)) for part in parts)
    unused = len(dataset) - sum(sizes.values())
    return Splits(**dict(zip(sizes, drawn, strict=True)), unused=unused)


def _check_sizes(dataset: Dataset, sizes: Mapping[str, int]) -> None:
    for name, size in sizes.items():
        whole(name, size, _LEAST[name], of=" examples")
    if sum(sizes.values()) > len(dataset):
        raise InputError(
            f"{dataset.name} has {len(dataset)} examples, but {_listed(sizes)} = "
            f"{sum(sizes.values())} were asked for; ask for fewer."
        )


def _check_classes(dataset: Dataset, train: np.ndarray) -> None:
    names = dataset.class_names or ()
    counts = np.bincount(dataset.labels, minlength=len(names)) if names else np.zeros(0, int)
    for label, name in enumerate(names):
        if not (dataset.labels[train] == label).any():
            raise InputError(
                f"class {name!r} ({counts[label]} of {len(dataset)} examples of {dataset.name}) "
                f"would have none among the {len(train)} training examples; "
                "ask for more of them or leave that class out."
            )


def _strata(dataset: Dataset) -> np.ndarray:
    """Return the stratum of each example: its class, or 0 for regression."""
    if dataset.class_names is None:
        return np.zeros(len(dataset), dtype=np.int64)
    return dataset.labels


def _draw(
    strata: np.ndarray, pool: np.ndarray, sizes: Sequence[int], rng: np.random.Generator
) -> list[np.ndarray]:
    """Draw disjoint parts of ``pool``, each with its share of every stratum."""
    shuffled = rng.permutation(pool)
    members = [shuffled[strata[shuffled] == stratum] for stratum in np.unique(strata)]
    counts = np.array([len(rows) for rows in members])
    ends = _rounded_shares(np.array([*sizes, len(pool) - sum(sizes)]), counts).cumsum(axis=0)
    pieces = [np.split(rows, ends[:, i]) for i, rows in enumerate(members)]
    return [np.concatenate([piece[part] for piece in pieces]) for part in range(len(sizes))]


def _rounded_shares(sizes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return how many examples of each stratum go to each part, shape [parts, strata].

    Each is sizes × counts / sum(counts) rounded up or down, such that rows sum to ``sizes`` and
    columns to ``counts`` and the rounding moves least. Such a controlled rounding always exists
    (Bacharach 1966), and as a transportation problem has whole-numbered vertices.
    """
    low, rest = np.divmod(np.outer(sizes, counts), counts.sum())
    parts, strata = low.shape
    sums = vstack(
        [kron(eye_array(parts), np.ones((1, strata))), kron(np.ones((1, parts)), eye_array(strata))]
    )
    solution = linprog(
        -rest.ravel() / counts.sum(),
        A_eq=sums,
        b_eq=np.concatenate([sizes - low.sum(axis=1), counts - low.sum(axis=0)]),
        bounds=np.stack([np.zeros(rest.size), rest.ravel() > 0], axis=1),
        method="highs-ds",
    )
    up = np.rint(solution.x).astype(np.int64).reshape(low.shape)
    return np.asarray(low + up)


def _draw_groups(
    dataset: Dataset, group: str, sizes: Mapping[str, int], rng: np.random.Generator
) -> list[np.ndarray]:
    """Assign whole groups to parts, then draw each part from its groups."""
    if group not in dataset.metadata:
        raise InputError(unknown("group", group, dataset.metadata, "metadata of the dataset"))
    strata = _strata(dataset)
    part_of = _assign_groups(strata, dataset.metadata[group], [*sizes.values()], rng)
    pools = [np.flatnonzero(part_of == part) for part in range(len(sizes))]
    for (name, size), pool in zip(sizes.items(), pools, strict=True):
        if len(pool) < size:
            raise InputError(
                f"whole groups of {group!r} leave {len(pool)} examples for {name}, but {size} were "
                f"asked for ({_listed(sizes)}); ask for fewer, or group more finely."
            )
    return [
        _draw(strata, pool, [size], rng)[0]
        for pool, size in zip(pools, sizes.values(), strict=True)
    ]


def _assign_groups(
    strata: np.ndarray, groups: np.ndarray, sizes: Sequence[int], rng: np.random.Generator
) -> np.ndarray:
    """Return each example's part: groups, largest first, go where their strata are most lacking."""
    _, group_of = np.unique(groups, return_inverse=True)
    table = np.zeros((group_of.max() + 1, strata.max() + 1))
    np.add.at(table, (group_of, strata), 1)
    totals = table.sum(axis=0)
    wanted = np.outer(sizes, np.maximum(totals, 1)) / sum(sizes)
    lacking = wanted.copy()
    part_of_group = np.zeros(len(table), dtype=np.int64)
    shuffled = rng.permutation(len(table))
    for index in shuffled[np.argsort(-table[shuffled].sum(axis=1), kind="stable")]:
        part = np.argmax((lacking / wanted) @ table[index])
        part_of_group[index] = part
        lacking[part] -= table[index]
    return part_of_group[group_of]


def _listed(sizes: Mapping[str, int]) -> str:
    return " + ".join(f"{name} {size}" for name, size in sizes.items())
