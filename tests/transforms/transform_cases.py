"""One or more transformations of every kind, and data of every modality to apply them to."""

import numpy as np

from traindiff.datasets import Dataset
from traindiff.seeding import stream
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.kinds import from_dict

_RANDOM = stream(0, "cases")
_SMALL = Picture.from_array(_RANDOM.random((1, 3, 4)))
_COLOUR = Picture.from_array(_RANDOM.random((3, 3, 4)), _RANDOM.random((3, 4)))

IMAGE = [
    {"kind": "background", "value": 0.7, "threshold": 0.4},
    {"kind": "background", "picture": _SMALL, "threshold": 0.4},
    {"kind": "blur", "sigma": 1.5},
    {"kind": "brightness", "amount": 0.4},
    {"kind": "brightness", "amount": -0.4},
    {"kind": "contrast", "factor": 2.0},
    {"kind": "flip"},
    {"kind": "flip", "axis": "vertical"},
    {"kind": "greyscale"},
    {"kind": "highpass", "cutoff": 1.0},
    {"kind": "lowpass", "cutoff": 2.0},
    {"kind": "noise", "sigma": 0.3},
    {"kind": "occlude", "x": 1, "y": 0, "width": 2, "height": 3},
    {"kind": "paste", "picture": _COLOUR},
    {"kind": "paste", "picture": _SMALL, "x": 0, "y": 1},
    {"kind": "patch", "x": 1, "y": 2, "size": 3, "value": 1.0},
    {"kind": "patch", "x": 1, "y": 2, "picture": _SMALL},
    {"kind": "patch", "picture": _COLOUR, "size": 5},
    {"kind": "patch", "size": 4, "pattern": "checker", "period": 1},
    {"kind": "rectangle", "x": 1, "y": 0, "width": 2, "height": 3, "value": 0.5},
    {"kind": "rotate", "degrees": 30},
    {"kind": "sharpen"},
    {"kind": "shift", "dx": 2, "dy": -1, "fill": 0.3},
    {"kind": "texture", "pattern": "web", "period": 3},
    {"kind": "texture", "picture": _SMALL},
    {"kind": "tint", "colour": 0.4},
    {"kind": "compose", "steps": [{"kind": "flip", "strength": 0.5}, {"kind": "blur"}]},
]
TABLE = [
    {"kind": "drop", "column": "age"},
    {"kind": "drop", "column": "sex"},
    {"kind": "permute", "column": "age"},
    {"kind": "permute", "column": "sex"},
    {"kind": "set", "column": "age", "value": 40},
    {"kind": "set", "column": "sex", "value": "f"},
    {"kind": "shift_column", "column": "age", "by": 2.5},
    {"kind": "compose", "steps": [{"kind": "set", "column": "sex", "value": "m"}]},
]
TEXT = [
    {"kind": "delete", "phrase": "good"},
    {"kind": "insert", "phrase": "by the way", "place": "random"},
    {"kind": "insert", "phrase": "Dear", "place": "start"},
    {"kind": "replace", "phrase": "good", "by": "bad"},
    {"kind": "compose", "steps": [{"kind": "delete", "phrase": "the"}]},
]
EVERY = [(case, "image") for case in IMAGE]
EVERY += [(case, "table") for case in TABLE]
EVERY += [(case, "text") for case in TEXT]


def names(case):
    return str(case[0]["kind"])


def data(modality, count=12, seed=0, channels=1, side=(9, 8)):
    random = stream(seed, modality)
    common = {
        "name": modality,
        "modality": modality,
        "labels": np.arange(count) % 2,
        "class_names": ("no", "yes"),
        "ids": tuple(map(str, range(count))),
    }
    if modality == "image":
        return Dataset(inputs=random.random((count, channels, *side), dtype=np.float32), **common)
    if modality == "table":
        columns = [random.normal(40, 10, count), random.integers(2, size=count), np.arange(count)]
        return Dataset(
            inputs=np.column_stack(columns).astype(float),
            columns=("age", "sex", "rank"),
            categories=(None, ("f", "m"), None),
            **common,
        )
    phrases = ["a good film", "the bad, bad end", "good; not the best", "see the sea"]
    texts = np.array([phrases[i % 4] + " no" * (i // 4) for i in range(count)], dtype=object)
    return Dataset(inputs=texts, **common)


def build(case, modality, strength=1.0, **shape):
    held = data(modality, **shape)
    return from_dict({**case, "strength": strength}).bind(held), held
