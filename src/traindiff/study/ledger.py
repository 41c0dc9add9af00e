"""The looks that a run directory has had, and what this one may spend (METHOD §10.12).

Models raised and compared again are another chance to be significant. So the run directory keeps
every look: how many models a side there were, how many were planned, and the p-value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.statistics.looking import percent_of_level
from traindiff.statistics.looks import Look, next_share, valid_p_value
from traindiff.store import RunStore
from traindiff.study.journal import LOOKS, Notebook

if TYPE_CHECKING:
    from traindiff.comparison import Comparison
    from traindiff.study.settings import CompareSettings

__all__ = ["Ledger", "Spending"]

MOST_PERMUTATIONS = 5000
"""A look that could be significant with more only is too early to decide."""


class Entry(BaseModel):
    """A look as the run directory keeps it, by what determined it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    models: Annotated[int, Field(ge=1)]
    planned: Annotated[int, Field(ge=1)]
    p_value: Annotated[float, Field(ge=0, le=1)]
    level: Annotated[float, Field(gt=0, lt=1)]


@dataclass(frozen=True, kw_only=True)
class Spending:
    """One look among all those of a run.

    Parameters
    ----------
    before, after : tuple of Look
        ``after`` is empty unless an earlier look is read again.
    models, planned : int
    level : float
    """

    before: tuple[Look, ...] = ()
    after: tuple[Look, ...] = ()
    models: int
    planned: int
    level: float

    @property
    def share(self) -> float:
        """Share of the level that this look may spend."""
        return next_share(self.before, models=self.models, planned=self.planned)

    @property
    def outline(self) -> str:
        """What this look costs, in one line."""
        number = len(self.before) + 1
        return (
            f"Look {number} at this run may spend {percent_of_level(self.share)} of the level: "
            f"significant where its own p-value is at most {self.share * self.level:.2g}."
        )

    def permutations(self, asked: int) -> int:
        """Return how many permutations it takes that a p-value can be as small as it has to."""
        if self.share * self.level * MOST_PERMUTATIONS < 2:
            return asked
        return max(asked, ceil(2 / (self.share * self.level)) - 1)

    def taken(self, p_value: float) -> tuple[Look, ...]:
        """Return all looks, this one with its own p-value."""
        now = Look(models=self.models, planned=self.planned, p_value=p_value)
        return (*self.before, now, *self.after)

    def priced(self, comparison: "Comparison") -> "Comparison":
        """Return a comparison whose p-values are those of this look over its share."""
        test = comparison.test
        assert test is not None, "what is looked at is tested"
        own, each = (_over(p, self.share) for p in (np.array(test.p_value), test.p_values))
        strength = test.strength
        if strength is not None:
            strength = float(_over(np.array(strength), self.share))
        paid = replace(test, p_value=float(own), p_values=each, strength=strength)
        return replace(comparison, test=paid)

    def over_all(self, comparison: "Comparison") -> "Comparison":
        """Return a comparison whose global p-value is valid over all looks, the others `priced`."""
        found = self.priced(comparison)
        assert comparison.test is not None
        assert found.test is not None
        p_value = valid_p_value(self.taken(comparison.test.p_value))
        return replace(found, test=replace(found.test, p_value=p_value))


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The looks of one run directory.

    Parameters
    ----------
    entries : tuple of Entry
        In the order in which they were taken.
    """

    entries: tuple[Entry, ...] = field(default=())

    @classmethod
    def read(cls, store: RunStore | None) -> "Ledger":
        """Return what a run directory knows; nothing, where there is none yet.

        Raises
        ------
        StoreError
            When it is damaged: forgotten looks would be free.
        """
        written = None if store is None else Notebook(store=store).read(LOOKS)
        if store is None or written is None:
            return cls()
        try:
            return cls(entries=tuple(Entry.model_validate(each) for each in written))
        except (ValidationError, TypeError) as error:
            raise StoreError(
                f"{store.path}: the document {LOOKS!r} is not what a run writes. It tells what "
                "p-values have to pay for; without it, start again in another run directory."
            ) from error

    @property
    def looks(self) -> tuple[Look, ...]:
        """All looks taken."""
        return tuple(_looks(self.entries))

    @property
    def level(self) -> float:
        """Significance level of the last look."""
        return self.entries[-1].level

    def spending(
        self, determined: Mapping[str, Any], models: int, compare: "CompareSettings"
    ) -> Spending:
        """Return what a look may spend; one that was taken before costs what it did then.

        Parameters
        ----------
        determined : mapping
            All that determines its p-value.
        models : int
            A side.
        compare : CompareSettings
        """
        at = self._place(determined)
        again = self.entries[at : at + 1]
        planned = again[0].planned if again else max(models, compare.planned or 0)
        return Spending(
            before=self.looks[:at],
            after=self.looks[at + 1 :],
            models=models,
            planned=planned,
            level=compare.level,
        )

    def keep(
        self, store: RunStore, determined: Mapping[str, Any], look: Look, *, level: float
    ) -> None:
        """Keep a look in its place: the last, unless it was taken before."""
        at = self._place(determined)
        entry = Entry(key=_key(determined), level=level, **vars(look))
        kept = (*self.entries[:at], entry, *self.entries[at + 1 :])
        Notebook(store=store).write(LOOKS, [each.model_dump(mode="json") for each in kept])

    def _place(self, determined: Mapping[str, Any]) -> int:
        keys = [entry.key for entry in self.entries]
        return keys.index(_key(determined)) if _key(determined) in keys else len(keys)


def _key(determined: Mapping[str, Any]) -> str:
    return fingerprint(dict(determined))


def _looks(entries: Sequence[Entry]) -> Iterator[Look]:
    for each in entries:
        yield Look(models=each.models, planned=each.planned, p_value=each.p_value)


def _over(p_values: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(np.minimum(p_values / share, 1) if share else np.ones_like(p_values))
