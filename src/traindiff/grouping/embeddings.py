"""Inputs as points, for groups that no model proposes: pixels, columns, words, leaves of trees."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder

from traindiff.datasets import Dataset
from traindiff.errors import InputError, one_of

__all__ = ["EMBEDDINGS", "Embedding", "Leaves", "columns", "embedding_of", "pixels", "words"]

Embedding = Callable[[Dataset], np.ndarray]
DIMENSIONS = 32
"""Of what is reduced: words, and which leaf of which tree."""


def pixels(data: Dataset) -> np.ndarray:
    """Return images as rows of pixels, shape [examples, pixels]."""
    return data.inputs.reshape(len(data), -1)


def columns(data: Dataset) -> np.ndarray:
    """Return a table's columns, numbers and categories alike of variance at most 1.

    A category becomes one column a value, all of them together as long as one number.
    """
    parts = [
        _standardised(values[:, None]) if known is None else _indicators(values, len(known))
        for values, known in zip(data.inputs.T, data.categories, strict=True)
    ]
    return np.hstack(parts)


def words(data: Dataset) -> np.ndarray:
    """Return texts by their words' tf-idf, reduced to a few dimensions."""
    return _reduced(TfidfVectorizer(sublinear_tf=True).fit_transform(data.inputs.tolist()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaves:
    """Examples by the leaves they fall into: near where a forest can't tell them apart.

    Parameters
    ----------
    forest : fitted estimator of trees
        With a method ``apply`` from inputs [examples, columns] to leaf indices [examples, trees];
        not one of the models to be compared.
    """

    forest: Any

    def __call__(self, data: Dataset) -> np.ndarray:
        """Return one row an example."""
        leaves = np.asarray(self.forest.apply(data.inputs.reshape(len(data), -1)))
        return _reduced(OneHotEncoder().fit_transform(leaves.reshape(len(data), -1)))


EMBEDDINGS: dict[str, Embedding] = {"image": pixels, "table": columns, "text": words}


def embedding_of(modality: str) -> Embedding:
    """Return how inputs of a modality become points when nobody says.

    Raises
    ------
    InputError
        When there is no such embedding.
    """
    return EMBEDDINGS[one_of("modality", modality, EMBEDDINGS, "inputs have an embedding if")]


def embedded(embedding: Embedding, data: Dataset) -> np.ndarray:
    """Return checked points, shape [examples, coordinates], of ``data``.

    Raises
    ------
    InputError
        When the embedding gives anything but one row of finite numbers an example.
    """
    points = np.asarray(embedding(data), dtype=np.float64)
    if points.ndim != 2 or len(points) != len(data):
        raise InputError(
            f"an embedding must give one row of numbers an example, [{len(data)}, coordinates]; "
            f"found {points.shape}."
        )
    if not np.isfinite(points).all():
        raise InputError(
            "the embedding gives NaN or infinite values: fill in or drop what is missing in the "
            "inputs first."
        )
    return points


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _indicators(values: np.ndarray, count: int) -> np.ndarray:
    shares = (values[:, None] == np.arange(count)).astype(float)
    centred = shares - shares.mean(axis=0)
    length = np.sqrt(np.square(centred).sum(axis=1).mean())
    return np.asarray(centred / (length or 1))


def _reduced(matrix: Any) -> np.ndarray:
    """Return the leading singular vectors, times their singular values, of a sparse matrix."""
    rank = min(DIMENSIONS, *(side - 1 for side in matrix.shape))
    if rank < 1:
        return np.asarray(matrix.toarray())
    return np.asarray(TruncatedSVD(rank, random_state=0).fit_transform(matrix))
