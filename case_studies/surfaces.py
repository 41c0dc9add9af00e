"""Patches of photographed surfaces of 8 kinds, 32 × 32 pixels."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from case_studies.compose import PARTS, columns, crop, divided, pixels
from case_studies.packages import texture
from case_studies.sources import MATERIALS, TEXTURES
from PIL import Image

from traindiff import seeding

SIDE = 32
SHARE = (0.15, 0.5)
"""A patch is this much of its picture's shorter side."""
SIZES = {"train": 75, "targets": 40, "verification": 30}
"""Patches of each kind."""

_texture = lru_cache(maxsize=None)(texture)


def files() -> dict[str, dict[str, list[str]]]:
    """Return the source files: {kind: {part: files}}; no family is divided."""
    rng = seeding.stream(0, "case study surfaces")
    families = {
        **{kind: _below("tex_nature", each) for kind, each in TEXTURES.items()},
        **{kind: _below("tex_material", each) for kind, each in MATERIALS.items()},
    }
    parts = {kind: divided(each, rng) for kind, each in families.items()}
    return {
        kind: {part: [file for family in each[part] for file in family] for part in PARTS}
        for kind, each in parts.items()
    }


def build() -> dict[str, np.ndarray]:
    """Return pictures, labels and what is known of each example."""
    found, rng = files(), seeding.stream(0, "case study", "surfaces")
    pictures: list[Image.Image] = []
    rows = []
    for part in PARTS:
        for label, (name, parts) in enumerate(found.items()):
            for i in range(SIZES[part]):
                file = str(rng.choice(parts[part]))
                pictures.append(crop(_texture(file), SIDE, rng, SHARE))
                known = {"part": part, "id": f"{part}-{name}-{i:03d}", "surface": file}
                rows.append({**known, "label": str(label)})
    known = columns(rows)
    labels = known.pop("label").astype(np.int64)
    names = np.array(list(found))
    return {"pictures": pixels(pictures), "labels": labels, "class_names": names, **known}


def _below(folder: str, families: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [tuple(f"{folder}/{file}" for file in family) for family in families]
