"""traindiff: a diff for training recipes.

Given two learning algorithms and one dataset: do the models use their training data differently, in
which ways, on which examples, through which features, and how sure are we?

Names are imported when first used, so that ``import traindiff`` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from traindiff.algorithms.function import FunctionAlgorithm
    from traindiff.algorithms.sklearn.algorithm import SklearnAlgorithm
    from traindiff.algorithms.torch.algorithm import TorchAlgorithm
    from traindiff.attribution.attribute import attribute as attribute
    from traindiff.comparison import Comparison, compare, compare_checkpoints, compare_scores
    from traindiff.datamodels import (
        Datamodels,
        OnlineDatamodels,
        fit_datamodels,
        learning_curve,
    )
    from traindiff.datasets import Dataset, Splits
    from traindiff.datasets.groups import Groups
    from traindiff.datasets.sources import load
    from traindiff.datasets.splits import split
    from traindiff.errors import InputError, StoreError, TraindiffError, TrainingError
    from traindiff.hypotheses import Aim, Hypothesis
    from traindiff.outputs import Outputs
    from traindiff.study import Study, StudyResult
    from traindiff.transforms.kinds import parse as parse_transform
    from traindiff.verification.verify import verify as verify

__all__ = [
    "Aim",
    "Comparison",
    "Datamodels",
    "Dataset",
    "FunctionAlgorithm",
    "Groups",
    "Hypothesis",
    "InputError",
    "OnlineDatamodels",
    "Outputs",
    "SklearnAlgorithm",
    "Splits",
    "StoreError",
    "Study",
    "StudyResult",
    "TorchAlgorithm",
    "TraindiffError",
    "TrainingError",
    "attribute",
    "compare",
    "compare_checkpoints",
    "compare_scores",
    "fit_datamodels",
    "learning_curve",
    "load",
    "parse_transform",
    "split",
    "verify",
]

_HOMES = {
    "Aim": "hypotheses",
    "Comparison": "comparison",
    "Datamodels": "datamodels",
    "Dataset": "datasets",
    "FunctionAlgorithm": "algorithms.function",
    "Groups": "datasets.groups",
    "Hypothesis": "hypotheses",
    "InputError": "errors",
    "OnlineDatamodels": "datamodels",
    "Outputs": "outputs",
    "SklearnAlgorithm": "algorithms.sklearn.algorithm",
    "Splits": "datasets",
    "StoreError": "errors",
    "Study": "study",
    "StudyResult": "study",
    "TorchAlgorithm": "algorithms.torch.algorithm",
    "TraindiffError": "errors",
    "TrainingError": "errors",
    "attribute": "attribution",
    "compare": "comparison",
    "compare_checkpoints": "comparison",
    "compare_scores": "comparison",
    "fit_datamodels": "datamodels",
    "learning_curve": "datamodels",
    "load": "datasets.sources",
    "parse_transform": "transforms.kinds",
    "split": "datasets.splits",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    if name == "parse_transform":
        return import_module("traindiff.transforms.kinds").parse
    if _HOMES.get(name) == "comparison":
        import_module("traindiff.display")  # which draws what is compared
    if name in _HOMES:
        return getattr(import_module(f"traindiff.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'traindiff' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
