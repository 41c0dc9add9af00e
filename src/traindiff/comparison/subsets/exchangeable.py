"""Which rearrangements of models against masks are as likely as the one observed (METHOD §10.2).

A permutation test needs rows that are exchangeable. Masks drawn one by one are; several models of
one mask, a subset and its complement, the folds of one partition are not, but whole blocks of them
are, so blocks are permuted. Masks in a chain, each made from the one before, are not at all.

All is told from the masks, before any output is looked at.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from traindiff import seeding
from traindiff.comparison.subsets.pairing import possible_masks
from traindiff.errors import InputError

__all__ = ["Blocks", "exchangeable"]

FEWEST_BLOCKS = 20
MOST_ROWS = 1000
"""Rows whose correlations are looked at, the first ones: enough to see how masks were drawn."""
ORDERS = 99
SHUFFLES = 9
SURELY = 5.0
"""Standard deviations of a random order: 3e-7 of honest masks are so far above its mean."""
TOO_NEAR = 1e-5
"""Chance that an honest row has so close a partner ..."""
MANY = 0.1
"""... and share of rows that have one before masks are called related."""
LARGEST_FOLD_SET = 20
MOST_COLUMNS = 256
"""Examples that tell whether a set of masks covers all alike."""
CURE = "Draw subsets one by one (traindiff.draw_masks), the same for A and B."


@dataclass(frozen=True, kw_only=True, eq=False)
class Blocks:
    """Models that are permuted as wholes.

    Parameters
    ----------
    kinds : tuple of int array, shape [blocks, size]
        Rows of each block; blocks of one kind are exchangeable with each other.
    """

    kinds: tuple[np.ndarray, ...]

    @property
    def n_models(self) -> int:
        """Number of models in all blocks together."""
        return sum(kind.size for kind in self.kinds)

    def permutation(self, rng: np.random.Generator) -> np.ndarray:
        """Return whose outputs go with the mask of each model, int [models]."""
        order = np.empty(self.n_models, dtype=int)
        for kind in self.kinds:
            order[kind] = kind[rng.permutation(len(kind))]
        return order

    def shuffled(self, rng: np.random.Generator) -> np.ndarray:
        """Return the models in random order, each block together, int [models]."""
        if len(self.kinds) == 1 and self.kinds[0].shape[1] == 1:
            return self.permutation(rng)
        blocks = [block for kind in self.kinds for block in kind]
        return np.concatenate([blocks[at] for at in rng.permutation(len(blocks))])


def exchangeable(masks: np.ndarray, name: str) -> Blocks:
    """Return the blocks of models that are exchangeable: single models where masks are random.

    Parameters
    ----------
    masks : bool array, shape [models, train]
    name : str
        Whose masks they are.

    Raises
    ------
    InputError
        When masks are related in a way that no blocks account for, or there are too few blocks.
    """
    blocks = _repeated_or_complementary(masks) or _folds(masks)
    if blocks is None:
        _refuse_related(masks, name)
        return Blocks(kinds=(np.arange(len(masks))[:, None],))
    kinds = _kinds(blocks)
    most = max(map(len, kinds))
    if most < FEWEST_BLOCKS:
        raise InputError(
            f"{name} has {len(masks)} models in {len(blocks)} blocks of one mask, of a mask and "
            f"its complement, or of one partition, at most {most} of them alike: only whole blocks "
            f"can be permuted, and at least {FEWEST_BLOCKS} are needed. {CURE}"
        )
    _refuse_related(masks[[block[0] for block in blocks]], name)
    return Blocks(kinds=kinds)


def _repeated_or_complementary(masks: np.ndarray) -> Sequence[np.ndarray] | None:
    """Return the models of each mask, up to its complement, where more share one than by chance."""
    own, complement = (_packed(each) for each in (masks, ~masks))
    groups = defaultdict(list)
    for row, pair in enumerate(zip(own, complement, strict=True)):
        groups[min(pair)].append(row)
    shared = sum(len(rows) for rows in groups.values() if len(rows) > 1) / len(masks)
    chance = 2 * len(masks) / possible_masks(masks)
    # Ten times chance: subsets drawn within classes, or at other rates, repeat more than stated.
    if shared <= 0.2 + 10 * chance and len(set(own)) >= _expected_distinct(masks) / 2:
        return None
    return [np.array(sorted(rows, key=lambda row: (own[row], row))) for rows in groups.values()]


def _packed(masks: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in np.packbits(masks, axis=1)]


def _expected_distinct(masks: np.ndarray) -> float:
    """Return how many masks differ if each is drawn at random from all subsets of its size."""
    possible = possible_masks(masks)
    return -possible * math.expm1(-len(masks) / possible)


def _folds(masks: np.ndarray) -> Sequence[np.ndarray] | None:
    """Return sets of successive models that saw every example equally often, where most are such.

    The folds of one partition, as masks or as what is left out.
    """
    some = masks[:, :: -(-masks.shape[1] // MOST_COLUMNS)]
    sums = np.vstack([np.zeros((1, some.shape[1]), int), some.cumsum(axis=0, dtype=np.int32)])
    for size in range(2, min(LARGEST_FOLD_SET, len(masks)) + 1):
        found = list(_sets_of(size, sums))
        if sum(len(each) for each in found if len(each) > 1) >= 0.8 * len(masks):
            return found
    return None


def _sets_of(size: int, sums: np.ndarray) -> Iterator[np.ndarray]:
    """Yield successive rows as sets of ``size`` that cover all alike, or one by one."""
    even = np.ptp(sums[size:] - sums[:-size], axis=1) == 0
    row, last = 0, len(sums) - 1
    while row < last:
        step = size if row < len(even) and even[row] else 1
        yield np.arange(row, row + step)
        row += step


def _kinds(blocks: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return blocks of one size together, largest kinds first."""
    sizes = defaultdict(list)
    for block in blocks:
        sizes[len(block)].append(block)
    return tuple(sorted((np.array(each) for each in sizes.values()), key=len, reverse=True))


def _refuse_related(masks: np.ndarray, name: str) -> None:
    """Refuse masks that resemble the one before, or another one, more than independent ones do."""
    units = _units(masks[:MOST_ROWS])
    likeness = _likeness(units)
    if _follows(likeness):
        raise InputError(
            f"{name}: each mask resembles the one before it (mean correlation "
            f"{np.diagonal(likeness, 1).mean():.2f} in size), as in a chain; the test needs masks "
            f"that owe nothing to each other. {CURE}"
        )
    likely = _partnered(likeness, possible_masks(masks))
    if likely and _nearer_than_shuffled(units, likeness):
        raise InputError(
            f"{name}: masks resemble, or complement, others of them more than independent subsets "
            f"can; the test needs masks that owe nothing to each other. {CURE}"
        )


def _units(masks: np.ndarray) -> np.ndarray:
    """Return one column of those that are always in and out together.

    A group of examples is no evidence that rows are related.
    """
    packed = np.packbits(masks, axis=0)
    return masks[:, np.sort(np.unique(packed, axis=1, return_index=True)[1])]


def _likeness(masks: np.ndarray) -> np.ndarray:
    """Return the absolute correlations of masks [models, models], each column centred."""
    centred = masks.astype(np.float32)
    centred -= centred.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    centred /= np.where(norms > 0, norms, 1)
    likeness = np.abs(centred @ centred.T)
    np.fill_diagonal(likeness, 0)
    return np.asarray(likeness)


def _follows(likeness: np.ndarray) -> bool:
    """Return whether successive rows are more alike than in a random order of the same rows."""
    size = len(likeness)
    orders = [seeding.stream(0, "order of masks", i).permutation(size) for i in range(ORDERS)]
    null = np.array([likeness[order[:-1], order[1:]].mean() for order in orders])
    excess = np.diagonal(likeness, 1).mean() - null.mean()
    return bool(excess > max(SURELY * null.std(), 1e-6))


def _partnered(likeness: np.ndarray, possible: float) -> bool:
    """Return whether many rows have a partner nearer than the bulk of all pairs can explain.

    The bulk tells in how many dimensions masks vary, whatever makes columns alike (classes, groups,
    rates): squared correlations of independent rows in d dimensions are Beta(1/2, (d − 1)/2), whose
    median is about 0.455/d.
    """
    size = len(likeness)
    if possible < size**2:  # chance alone repeats some
        return False
    typical = float(np.median(np.square(likeness[~np.eye(size, dtype=bool)])))
    dimensions = 0.455 / max(typical, 1e-9)
    nearest = np.square(likeness.max(axis=1)).clip(max=1 - 1e-9)
    chance = (size - 1) * beta.sf(nearest, 0.5, max(dimensions - 1, 1) / 2)
    return bool((chance < TOO_NEAR).mean() > MANY)


def _nearer_than_shuffled(masks: np.ndarray, likeness: np.ndarray) -> bool:
    """Return whether many rows have a nearer partner than any has once entries are shuffled.

    Small subsets overlap in lumps, for which the Beta distribution is too light-tailed.
    """
    shuffled = [
        _likeness(seeding.stream(0, "shuffled masks", i).permuted(masks, axis=1)).max()
        for i in range(SHUFFLES)
    ]
    return bool((likeness.max(axis=1) > max(shuffled)).mean() > MANY)
