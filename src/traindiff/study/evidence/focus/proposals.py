"""Proposed groups in a run directory, where a plan finds them before anything is trained."""

from collections.abc import Mapping
from typing import Any

from traindiff.errors import StoreError
from traindiff.grouping.base import Proposal
from traindiff.identity import fingerprint
from traindiff.store import RunStore

__all__ = ["end", "ended", "keep", "kept"]

ENDED = {"ended": True}


def keep(store: RunStore, name: str, determined: Mapping[str, Any], proposal: Proposal) -> None:
    """Keep a proposal.

    Parameters
    ----------
    store : RunStore
    name : str
        Such as "groups".
    determined : mapping
        All that determined it.
    proposal : Proposal
    """
    address = fingerprint(determined)
    store.save_arrays(name, address, proposal.arrays(), determined)
    store.save_json(name, address, proposal.about())


def kept(store: RunStore | None, name: str, determined: Mapping[str, Any]) -> Proposal | None:
    """Return the proposal that was kept, or None where there is none, or a damaged one."""
    if store is None:
        return None
    address = fingerprint(determined)
    try:
        about, arrays = store.load_json(name, address), store.load_arrays(name, address)
    except StoreError:
        return None
    if about is None or arrays is None or about == ENDED:
        return None
    return Proposal.restored(arrays, about)


def end(store: RunStore, name: str, determined: Mapping[str, Any]) -> None:
    """Keep that there is nothing to propose."""
    store.save_json(name, fingerprint(determined), ENDED)


def ended(store: RunStore | None, name: str, determined: Mapping[str, Any]) -> bool:
    """Return whether an earlier run found nothing to propose."""
    if store is None:
        return False
    try:
        return bool(store.load_json(name, fingerprint(determined)) == ENDED)
    except StoreError:
        return False
