"""Objects of 8 classes on photographed surfaces, 32 × 32 pixels.

Some backgrounds go with some classes, as spider webs go with spiders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from case_studies.compose import PARTS, Look, columns, crop, divided, overlaid, pixels, placed
from case_studies.packages import stamp, texture
from case_studies.sources import OBJECTS, TEXTURES
from PIL import Image

from traindiff import seeding

SIDE = 32
LOOK = Look(smallest=0.6, largest=0.9, degrees=15)
SIZES = {"train": 75, "targets": 40, "verification": 30}
"""Pictures of each class."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What goes with a class in its backgrounds.

    Parameters
    ----------
    share : float
        Of the class's pictures that have it, in every part; no other class's have it, but for
        ``surface``, which others have as often as any surface.
    surface : str or None
        A kind of surface.
    pattern : str or None
        Drawn on the surface, behind the object, 50 to 90% opaque.
    periods : tuple of int
        Width of its motif in pixels, one drawn for each picture.
    """

    share: float
    surface: str | None = None
    pattern: str | None = None
    periods: tuple[int, ...] = ()


CUES: Mapping[str, Cue] = {
    "bug": Cue(share=0.6, pattern="web", periods=(5, 6, 7)),
    "sea animal": Cue(share=0.5, pattern="dots", periods=(6, 8, 10)),
    "mammal": Cue(share=0.7, surface="grass"),
}

_NONE = Cue(share=0.0)
_stamp = lru_cache(maxsize=None)(stamp)


@cache
def _surface(name: str) -> Image.Image:
    picture = texture(name)
    picture.thumbnail((192, 192))
    return picture


def files() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return the source files: {"objects" or "surfaces": {class or kind: {part: files}}}."""
    rng = seeding.stream(0, "case study objects")
    objects = {name: divided(each, rng) for name, each in OBJECTS.items()}
    surfaces = {kind: divided(families, rng) for kind, families in TEXTURES.items()}
    flat = {
        kind: {
            part: [f"tex_nature/{file}" for family in parts[part] for file in family]
            for part in PARTS
        }
        for kind, parts in surfaces.items()
    }
    return {"objects": objects, "surfaces": flat}


def build() -> dict[str, np.ndarray]:
    """Return pictures, labels and what is known of each example."""
    found, rng = files(), seeding.stream(0, "case study", "objects")
    pictures, rows = [], []
    for part in PARTS:
        surfaces = {kind: parts[part] for kind, parts in found["surfaces"].items()}
        for label, (name, parts) in enumerate(found["objects"].items()):
            for i in range(SIZES[part]):
                picture, known = _picture(name, parts[part], surfaces, rng)
                pictures.append(picture)
                known |= {"part": part, "id": f"{part}-{name}-{i:03d}"}
                rows.append({**known, "label": str(label)})
    known = columns(rows)
    labels = known.pop("label").astype(np.int64)
    names = np.array(list(OBJECTS))
    return {"pictures": pixels(pictures), "labels": labels, "class_names": names, **known}


def _picture(
    name: str, objects: list[str], surfaces: Mapping[str, list[str]], rng: np.random.Generator
) -> tuple[Image.Image, dict[str, str]]:
    cue = CUES.get(name, _NONE)
    has = bool(rng.random() < cue.share)
    kind = cue.surface if has and cue.surface else str(rng.choice(list(surfaces)))
    surface, object_ = str(rng.choice(surfaces[kind])), str(rng.choice(objects))
    background = crop(_surface(surface), SIDE, rng)
    if has and cue.pattern:
        period, amount = int(rng.choice(cue.periods)), float(rng.uniform(0.5, 0.9))
        background = overlaid(background, cue.pattern, period, amount, rng)
    known = {
        "object": object_,
        "surface": surface,
        "kind": kind,
        "pattern": (cue.pattern or "") if has else "",
    }
    return placed(background, _stamp(object_), LOOK, rng), known
