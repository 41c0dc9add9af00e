"""The same training examples and targets in A and in B, in one order, as far as they are named."""

import numpy as np

from traindiff.errors import InputError
from traindiff.ids import order_like
from traindiff.outputs import Outputs
from traindiff.pair import Pair

__all__ = ["in_one_order"]


def in_one_order(given: Pair[Outputs]) -> Pair[Outputs]:
    """Return A, and B with its columns in A's order where both name their examples.

    Raises
    ------
    InputError
        When they name other examples, or their labels disagree.
    """
    a, b = given
    train = order_like("training examples", a.train_ids, b.train_ids)
    targets = order_like("targets", a.target_ids, b.target_ids)
    if train is not None or targets is not None:
        b = b.columns(
            np.arange(b.n_train) if train is None else train,
            np.arange(b.n_targets) if targets is None else targets,
        )
    _check_labels(a, b)
    return Pair(a, b)


def _check_labels(a: Outputs, b: Outputs) -> None:
    if a.labels is None or b.labels is None:
        return
    differ = np.flatnonzero(a.labels != b.labels)
    if len(differ):
        at = int(differ[0])
        named = f"target {at}" if a.target_ids is None else f"target {str(a.target_ids[at])!r}"
        raise InputError(
            f"labels of A and B disagree for {len(differ)} of {a.n_targets} targets: {named} is "
            f"{a.labels[at]} in A and {b.labels[at]} in B. Are targets in one order? Give "
            "target_ids to have them matched."
        )
