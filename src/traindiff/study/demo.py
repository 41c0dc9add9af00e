"""The demo: the same network, trained plainly and with random shifts, on handwritten digits."""

from typing import Any

__all__ = ["demo_settings"]

PLAIN = {
    "kind": "torch",
    "name": "plain",
    "module": "mlp",
    "arguments": {"hidden": [64]},
    "optimizer": "sgd",
    "lr": 0.1,
    "momentum": 0.9,
    "epochs": 30,
    "batch_size": 32,
}


def demo_settings(*, null: bool) -> dict[str, Any]:
    """Return the demo as a study file's content.

    Parameters
    ----------
    null : bool
        Compare the plain recipe with itself: there is no difference to find.
    """
    shifted = {**PLAIN, "name": "shifts", "augment": [{"kind": "shift", "pixels": 1}]}
    other = {**PLAIN, "name": "plain again"} if null else shifted
    return {
        "title": "Digits: plain training against " + ("itself" if null else "random shifts"),
        "data": {"source": "digits", "train": 500, "targets": 400, "verification": 400},
        "a": PLAIN,
        "b": other,
        "focus": {"models": 40},
    }
