"""Any scikit-learn classifier or regressor as a learning algorithm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from traindiff import seeding
from traindiff.algorithms.checks import check_masks, naming_model
from traindiff.algorithms.sklearn.ensemble import CLIP, SklearnEnsemble, flattened
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.identity import code_hash, plain
from traindiff.plugin import call, resolve
from traindiff.progress import Advance

__all__ = ["SklearnAlgorithm"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SklearnAlgorithm:
    """Fit a clone of a scikit-learn estimator for every model.

    Images are flattened, tables' categorical columns one-hot encoded, texts passed as they are; an
    estimator that is a Pipeline, or holds one, gets tables as they are, too. Every
    ``random_state``, however nested, is set from the model's seed.

    Logits are log(max(p, 1e-6)) of ``predict_proba``; without it, ``decision_function``'s values
    (∓d/2 for two classes). A class that a model's subset lacks gets the probability 1e-6; a subset
    of one class makes a constant model.

    Parameters
    ----------
    name : str
    estimator : scikit-learn estimator
        Not fitted, and never changed: models are fitted clones.
    standardise : bool
        Scale every number to zero mean and unit variance over the model's subset first.

    Raises
    ------
    InputError
        When ``estimator`` is not a classifier or regressor, a Pipeline is to be standardised, or a
        parameter can't be told from others in a later run.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> algorithm = SklearnAlgorithm(name="A", estimator=LogisticRegression(C=0.1))
    >>> algorithm.describe()["estimator"]["params"]["C"]
    0.1
    """

    name: str
    estimator: BaseEstimator
    standardise: bool = False

    def __post_init__(self) -> None:
        """Check the estimator and keep an own copy of it."""
        estimator = self.estimator
        if not isinstance(estimator, BaseEstimator) or not (
            is_classifier(estimator) or is_regressor(estimator)
        ):
            raise InputError(
                f"{self.name}: expected a scikit-learn classifier or regressor object, "
                f"found {estimator!r}."
            )
        if self.standardise and _has_pipeline(estimator):
            raise InputError(
                f"{self.name}: standardise is for plain estimators; put a StandardScaler where "
                "your Pipeline needs it."
            )
        object.__setattr__(self, "estimator", clone(estimator))
        self.describe()

    @classmethod
    def named(
        cls,
        estimator: str,
        *,
        name: str,
        params: Mapping[str, Any] | None = None,
        standardise: bool = False,
    ) -> "SklearnAlgorithm":
        """Return the algorithm of an estimator's name, as a study file gives it.

        Parameters
        ----------
        estimator : str
            A class, such as "sklearn.linear_model.LogisticRegression", or your own function
            "module:function" that returns an estimator.
        name : str
        params : mapping, optional
            Arguments of that class or function.
        standardise : bool

        Raises
        ------
        InputError
            When there is no such class, or it does not take these arguments.
        """
        if "." not in estimator and ":" not in estimator:
            raise InputError(
                f"{name}: expected the whole name of an estimator, such as "
                f"'sklearn.linear_model.LogisticRegression', found {estimator!r}."
            )
        reference = estimator if ":" in estimator else ":".join(estimator.rsplit(".", 1))
        made = call(resolve(reference), params or {}, estimator)
        return cls(name=name, estimator=made, standardise=standardise)

    def describe(self) -> dict[str, Any]:
        """Return the estimator's class and parameters, and all else that determines the models."""
        return {
            "kind": "sklearn",
            "estimator": plain(self.estimator),
            "standardise": self.standardise,
            "clip": CLIP,
            "scikit-learn": sklearn.__version__,
        }

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the estimator can't learn from ``data``."""
        needed, suits = _TASKS[data.class_names is None]
        if not suits(self.estimator):
            raise InputError(f"{self.name}: {data.name} needs {needed}, found {self.estimator}.")
        if data.modality == "text" and not _has_pipeline(self.estimator):
            raise InputError(
                f"{self.name}: texts need a Pipeline that begins with a vectoriser, such as "
                f"make_pipeline(TfidfVectorizer(), {self.estimator})."
            )

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Advance
    ) -> SklearnEnsemble:
        """Fit one clone per row of ``masks``, one at a time (see `Algorithm.train`).

        Raises
        ------
        InputError
            When the estimator can't learn from ``data``, or masks and seeds do not fit it.
        TrainingError
            When an estimator refuses its subset; names the model, its seed and the reason.
        """
        self.check(data)
        check_masks(data, masks, seeds)
        features = flattened(data.inputs)
        models = []
        # One thread: results must not depend on how many cores the machine has.
        with threadpool_limits(1):
            for index, mask in enumerate(masks):
                labels = data.labels[mask]
                model = self._model(data, labels, seeds[index])
                with naming_model(self.name, index, seeds, f"learn from {mask.sum()} examples"):
                    models.append(model.fit(features[mask], labels))
                advance(1)
        return SklearnEnsemble(
            name=self.name,
            models=tuple(models),
            seeds=tuple(seeds),
            n_classes=None if data.class_names is None else len(data.class_names),
        )

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> SklearnEnsemble:
        """Refuse: scikit-learn models have no arrays to be restored from (`Ensemble.arrays`)."""
        raise InputError(f"{self.name}: scikit-learn models are trained again, never restored.")

    def _model(self, data: Dataset, labels: np.ndarray, seed: int) -> Any:
        """Return an estimator ready to be fitted."""
        if data.class_names is not None and (labels == labels[0]).all():
            return DummyClassifier(strategy="prior")
        estimator = _seeded(self.estimator, seed)
        if _has_pipeline(estimator):
            return estimator
        steps = _preparation(data, standardise=self.standardise)
        return make_pipeline(*steps, estimator)


def _seeded(estimator: Any, seed: int) -> Any:
    """Return a clone whose every ``random_state`` is drawn by its own name from ``seed``."""
    made = clone(estimator)
    names = [name for name in made.get_params() if name.split("__")[-1] == "random_state"]
    return made.set_params(**{name: seeding.derive(seed, name) % 2**32 for name in names})


def _preparation(data: Dataset, *, standardise: bool) -> list[Any]:
    """Return the steps before a plain estimator: one-hot encoding, scaling, or none."""
    named = [i for i, names in enumerate(data.categories) if names is not None]
    scale = StandardScaler() if standardise else "passthrough"
    if not named:
        return [scale] if standardise else []
    # Categories come from the whole dataset, so that every subset gives the same features.
    categories = [np.arange(len(data.categories[i] or ()), dtype=float) for i in named]
    one_hot = OneHotEncoder(categories=categories, sparse_output=False)
    return [ColumnTransformer([("categories", one_hot, named)], remainder=scale)]


def _has_pipeline(estimator: Any) -> bool:
    parts = [estimator, *estimator.get_params().values()]
    return any(isinstance(part, Pipeline) for part in parts)


def _gives_logits(estimator: Any) -> bool:
    readable = hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    return bool(is_classifier(estimator)) and readable


_TASKS: dict[bool, tuple[str, Callable[[Any], bool]]] = {
    False: ("a classifier with predict_proba or decision_function", _gives_logits),
    True: ("a regressor", is_regressor),
}


@plain.register
def _(value: BaseEstimator) -> Any:
    """Return an estimator's class, its parameters but the seeds, and its code if it's your own."""
    kind = type(value)
    params = value.get_params(deep=False)
    described = {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "params": {name: plain(params[name]) for name in sorted(params) if name != "random_state"},
    }
    if kind.__module__.startswith("sklearn."):
        return described
    if (code := code_hash(kind)) is None:
        raise InputError(
            f"{kind.__qualname__} has no source file that can be read, so that a change of it "
            "would go unnoticed; define it in a file."
        )
    return described | {"code": code}
