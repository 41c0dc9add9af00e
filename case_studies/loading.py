"""Read the data sets that `make case-study-data` built."""

from pathlib import Path

import numpy as np

from traindiff.datasets import Dataset
from traindiff.errors import InputError


def load(name: str, folder: str = "case_studies/data") -> Dataset:
    """Return a data set; its metadata "part" divides it by source files.

    Parameters
    ----------
    name : str
        "objects", "birds" or "surfaces".
    folder : str
        Where `make case-study-data` put it.

    Raises
    ------
    InputError
        When it is not there.
    """
    path = Path(folder) / f"{name}.npz"
    if not path.is_file():
        raise InputError(f"{path} is not there: make it with `make case-study-data`.")
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return Dataset(
        name=name,
        modality="image",
        inputs=arrays.pop("pictures").astype(np.float32) / 255,
        labels=arrays.pop("labels"),
        class_names=tuple(arrays.pop("class_names").tolist()),
        ids=tuple(arrays.pop("id").tolist()),
        metadata=arrays,
    )
