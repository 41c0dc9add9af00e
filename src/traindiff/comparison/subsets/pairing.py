"""Which model of A goes with which of B: those that saw the same subset (METHOD §10.1)."""

import math
from dataclasses import dataclass, replace

import numpy as np

from traindiff.errors import InputError
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["Matched", "match", "possible_masks"]

MOSTLY = 0.8
"""Share of the smaller side's models that must have a partner."""
NOBODY = np.zeros(0, dtype=int)


@dataclass(frozen=True, kw_only=True, eq=False)
class Matched:
    """The models that are compared.

    Parameters
    ----------
    outputs : Pair of Outputs
        Row i of A and of B share a mask where ``paired``.
    paired : bool
    rows : Pair of int array
        Which rows of what was given these are.
    unmatched : Pair of int array
        Rows that have no partner and are left out for it.
    """

    outputs: Pair[Outputs]
    paired: bool
    rows: Pair[np.ndarray]
    unmatched: Pair[np.ndarray]

    def take(self, keep: Pair[np.ndarray]) -> "Matched":
        """Return some of the models: of each side those that a bool array keeps."""
        sides = zip(self.outputs, self.rows, keep, strict=True)
        (a, rows_a), (b, rows_b) = ((out.take(kept), rows[kept]) for out, rows, kept in sides)
        return replace(self, outputs=Pair(a, b), rows=Pair(rows_a, rows_b))


def match(given: Pair[Outputs], paired: bool | None) -> Matched:
    """Pair the models of A and of B by their masks, where most have a partner.

    Which rows make a pair is decided by masks alone, equal ones in the order of their rows; a row
    that is lost or moved therefore costs itself and not the test.

    Parameters
    ----------
    given : Pair of Outputs
    paired : bool or None
        True demands that all have a partner, False that none is looked for.

    Raises
    ------
    InputError
        When ``paired`` is true and some model has no partner.
    """
    masks = given.map(lambda side: side.masks)
    rows = _partners(masks)
    found, sizes = len(rows.a), masks.map(len)
    if paired and (found < max(sizes)):
        raise InputError(
            "paired=True needs the same masks for A and B, in whatever order: "
            f"{found} of {sizes.a} models of A and of {sizes.b} of B have a partner. Leave it out "
            "to pair those that have one, where most have, or else to compare independent models."
        )
    if paired is None:
        paired = found >= MOSTLY * min(sizes) and not _by_chance(masks)
    if not paired:
        everyone = sizes.map(np.arange)
        return Matched(outputs=given, paired=False, rows=everyone, unmatched=Pair(NOBODY, NOBODY))
    kept = Pair(given.a.take(rows.a), given.b.take(rows.b))
    alone = Pair(*(np.setdiff1d(np.arange(m), r) for m, r in zip(sizes, rows, strict=True)))
    return Matched(outputs=kept, paired=True, rows=rows, unmatched=alone)


def _partners(masks: Pair[np.ndarray]) -> Pair[np.ndarray]:
    """Return the rows of the multiset intersection of two sets of masks, in A's order."""
    where = {key: row for row, key in enumerate(_keys(masks.b))}
    found = [(row, where[key]) for row, key in enumerate(_keys(masks.a)) if key in where]
    a, b = np.array(found, dtype=int).reshape(-1, 2).T
    return Pair(a, b)


def _keys(masks: np.ndarray) -> list[tuple[bytes, int]]:
    """Return each row's mask and how many rows before it have the same."""
    seen: dict[bytes, int] = {}
    keys = []
    for packed in np.packbits(masks, axis=1):
        mask = packed.tobytes()
        seen[mask] = seen.get(mask, -1) + 1
        keys.append((mask, seen[mask]))
    return keys


def _by_chance(masks: Pair[np.ndarray]) -> bool:
    """Return whether so few masks are possible that independent draws of them would match."""
    if np.array_equal(*masks):
        return False
    return max(map(len, masks)) > possible_masks(masks.a) / 2


def possible_masks(masks: np.ndarray) -> float:
    """Return how many subsets of the usual size there are, at most 1e15.

    Examples that are always in and out together (a group) count as one.
    """
    n = np.unique(np.packbits(masks, axis=0), axis=1).shape[1]
    return float(min(math.comb(n, round(n * float(masks.mean()))), 10**15))
