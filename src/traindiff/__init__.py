"""traindiff: a diff for training recipes.

Given two learning algorithms and one dataset: do the models use their training data differently, in
which ways, on which examples, through which features, and how sure are we?

The public names are listed once, in ``__init__.pyi``, where type checkers and editors look for them
too. Each is imported when first used, so that ``import traindiff`` is fast.
"""

from importlib import import_module
from typing import Any

import lazy_loader

SHOWN = ("traindiff.comparison.", "traindiff.verification.")

_found, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    value = _found(name)
    if getattr(value, "__module__", "").startswith(SHOWN):
        import_module("traindiff.display")  # which draws what is compared and verified
    return value
