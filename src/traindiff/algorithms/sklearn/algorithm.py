"""Any scikit-learn classifier or regressor as a learning algorithm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from scipy.stats.distributions import rv_frozen
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from traindiff import seeding
from traindiff.algorithms.checks import check_masks, naming_model
from traindiff.algorithms.randomness import seeded
from traindiff.algorithms.sklearn.boosters import check_parameters
from traindiff.algorithms.sklearn.ensemble import CLIP, SklearnEnsemble
from traindiff.algorithms.sklearn.features import Features
from traindiff.algorithms.sklearn.seeds import check_seeds, seeded_clone
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.identity import plain, versioned
from traindiff.plugin import call, resolve
from traindiff.progress import Advance

__all__ = ["SklearnAlgorithm"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SklearnAlgorithm:
    """Fit a clone of a scikit-learn estimator for every model.

    Images are flattened, tables' categorical columns one-hot encoded, texts passed as they are; an
    estimator that is a Pipeline, or holds one, gets tables as they are, too: as numbers, or as a
    frame with names and categories where a ColumnTransformer in it selects by name. Every
    ``random_state``, however nested, that of shuffling splitters included, is set from the model's
    seed, in place of what it was; so are those of XGBoost, LightGBM and CatBoost.

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
    without : sequence of str
        Columns of a table that the models do not see.
    version : str, optional
        Change it when something changes that names and source files do not show. Needed where a
        parameter is a lambda or a function made within another.

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
    estimator: Any
    standardise: bool = False
    without: Sequence[str] = ()
    version: str | None = None

    def __post_init__(self) -> None:
        """Check the estimator and keep an own copy of it."""
        estimator = self.estimator
        if not _learns(estimator):
            raise InputError(
                f"{self.name}: expected a scikit-learn classifier or regressor object, "
                f"found {estimator!r}."
            )
        if self.standardise and _has_pipeline(estimator):
            raise InputError(
                f"{self.name}: standardise is for plain estimators; put a StandardScaler where "
                "your Pipeline needs it."
            )
        if isinstance(self.without, str):
            raise InputError(f"{self.name}: without must be a list of columns, found a str.")
        check_seeds(self.name, estimator)
        check_parameters(self.name, estimator)
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
        without: Sequence[str] = (),
        version: str | None = None,
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
        standardise, without, version
            As for the class.

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
        return cls(
            name=name, estimator=made, standardise=standardise, without=without, version=version
        )

    def describe(self) -> dict[str, Any]:
        """Return the estimator's class and parameters, and all else that determines the models."""
        return {
            "kind": "sklearn",
            "estimator": self._described(),
            "standardise": self.standardise,
            **({"without": list(self.without)} if self.without else {}),
            "clip": CLIP,
            "scikit-learn": sklearn.__version__,
            **versioned(self.version),
        }

    def _described(self) -> Any:
        """Return the estimator as JSON-like values; what has no name is left to the version."""
        try:
            return plain(self.estimator)
        except InputError:
            if self.version is None:
                raise
            return {"class": type(self.estimator).__qualname__}

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if the estimator can't learn from ``data``."""
        Features.of(data, self.estimator, self.without)
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
        features = Features.of(data, self.estimator, self.without)
        rows, fitted = features(data.inputs), []
        # One thread: results must not depend on how many cores the machine has.
        with threadpool_limits(1):
            for index, (mask, seed) in enumerate(zip(masks, seeds, strict=True)):
                with (
                    naming_model(self.name, index, seeds, f"learn from {mask.sum()} examples"),
                    seeded(seeding.derive(seed, "estimator")),
                ):
                    fitted.append(self._fit(data, features, rows[mask], data.labels[mask], seed))
                advance(1)
        models, labels = zip(*fitted, strict=True)
        return SklearnEnsemble(
            name=self.name,
            models=models,
            labels=labels,
            features=features,
            seeds=tuple(seeds),
            n_classes=None if data.class_names is None else len(data.class_names),
        )

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> SklearnEnsemble:
        """Refuse: scikit-learn models have no arrays to be restored from (`Ensemble.arrays`)."""
        raise InputError(f"{self.name}: scikit-learn models are trained again, never restored.")

    def _fit(
        self, data: Dataset, features: Features, rows: Any, labels: np.ndarray, seed: int
    ) -> tuple[Any, np.ndarray]:
        """Return a fitted model, and which class of the dataset each of its labels is."""
        if data.class_names is None:
            return self._fresh(features, seed).fit(rows, labels), np.arange(0)
        every = np.arange(len(data.class_names))
        if (labels == labels[0]).all():
            return DummyClassifier(strategy="prior").fit(rows, labels), every
        try:
            return self._fresh(features, seed).fit(rows, labels), every
        except ValueError:
            present, codes = np.unique(labels, return_inverse=True)
            if len(present) == len(every):
                raise
        # XGBoost wants labels from 0 without a gap, which a class that the subset lacks leaves.
        return self._fresh(features, seed).fit(rows, codes), present

    def _fresh(self, features: Features, seed: int) -> Any:
        """Return an estimator ready to be fitted."""
        estimator = seeded_clone(self.estimator, seed)
        if _has_pipeline(estimator):
            return estimator
        return make_pipeline(*_preparation(features, standardise=self.standardise), estimator)


def _preparation(features: Features, *, standardise: bool) -> list[Any]:
    """Return the steps before a plain estimator: one-hot encoding, scaling, or none."""
    named = [i for i, names in enumerate(features.categories) if names is not None]
    scale = StandardScaler() if standardise else "passthrough"
    if not named:
        return [scale] if standardise else []
    # Categories come from the whole dataset, so that every subset gives the same features.
    categories = [np.arange(len(features.categories[i] or ()), dtype=float) for i in named]
    one_hot = OneHotEncoder(categories=categories, sparse_output=False)
    return [ColumnTransformer([("categories", one_hot, named)], remainder=scale)]


def _has_pipeline(estimator: Any) -> bool:
    parts = [estimator, *estimator.get_params().values()]
    return any(isinstance(part, Pipeline) for part in parts)


def _learns(estimator: Any) -> bool:
    """Tell a classifier or regressor object, whether or not of scikit-learn, from all else."""
    if isinstance(estimator, type) or not callable(getattr(estimator, "get_params", None)):
        return False
    return bool(is_classifier(estimator) or is_regressor(estimator))


def _gives_logits(estimator: Any) -> bool:
    if isinstance(estimator, Pipeline):
        return _gives_logits(estimator.steps[-1][1])
    # A stack without a last estimator has none to ask before it is fitted: logistic regression.
    asked = type(estimator) if _params(estimator).get("final_estimator", 0) is None else estimator
    readable = hasattr(asked, "predict_proba") or hasattr(asked, "decision_function")
    return bool(is_classifier(estimator)) and readable


def _params(estimator: Any) -> dict[str, Any]:
    return dict(estimator.get_params(deep=False))


_TASKS: dict[bool, tuple[str, Callable[[Any], bool]]] = {
    False: ("a classifier with predict_proba or decision_function", _gives_logits),
    True: ("a regressor", is_regressor),
}


@plain.register
def _(value: rv_frozen) -> Any:
    """Return a distribution's name and arguments."""
    return {"distribution": value.dist.name, "args": plain(value.args), "kwds": plain(value.kwds)}


@plain.register
def _(value: make_column_selector) -> Any:
    """Return what a selector looks for."""
    return {"selector": plain({name: repr(each) for name, each in vars(value).items()})}
