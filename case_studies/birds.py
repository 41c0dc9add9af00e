"""Photographed birds on photographs of land and water, 96 × 96 pixels, as Waterbirds is made.

In training 95% of the birds are where they belong; among targets and verification examples half
are. A figure (a fireman) stands beside 30% of the land birds in training, and beside 15% of the
birds of either class elsewhere: the analogue of the human faces beside land birds.
"""

from functools import lru_cache

import numpy as np
from case_studies.compose import PARTS, Look, columns, crop, divided, pixels, placed
from case_studies.packages import photograph, stamp
from case_studies.sources import FIGURES, OBJECTS, PLACES, WATER_BIRDS
from PIL import Image

from traindiff import seeding

SIDE = 96
BIRD = Look(smallest=0.45, largest=0.75, degrees=10)
FIGURE = Look(smallest=0.3, largest=0.4, degrees=5)
SIZES = {"train": 300, "targets": 160, "verification": 120}
"""Pictures of each class."""
AT_HOME = {"train": 0.95, "targets": 0.5, "verification": 0.5}
"""Share of the birds that are where they belong."""
CLASSES = ("landbird", "waterbird")
HOMES = {"landbird": "land", "waterbird": "water"}
BESIDE = {
    "train": {"landbird": 0.3, "waterbird": 0.0},
    "targets": {"landbird": 0.15, "waterbird": 0.15},
    "verification": {"landbird": 0.15, "waterbird": 0.15},
}
"""Share of the birds beside which the figure stands."""

_stamp = lru_cache(maxsize=None)(stamp)
_place = lru_cache(maxsize=None)(photograph)


def files() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return the source files: {"objects" or "places": {class or kind: {part: files}}}."""
    rng = seeding.stream(0, "case study birds")
    water = [f"animals/birds/{name}" for name in WATER_BIRDS]
    land = [file for file in OBJECTS["bird"] if file not in water]
    # Tiles of panoramas are divided by themselves, so that each part has some of them and some of
    # the other photographs (`PLACES` says why a panorama is not kept whole).
    panoramas = {
        kind: [[f for f in found if "stellarium" in f], [f for f in found if "stellarium" not in f]]
        for kind, found in PLACES.items()
    }
    places = {
        kind: _joined([divided(each, rng) for each in halves]) for kind, halves in panoramas.items()
    }
    return {
        "objects": {"landbird": divided(land, rng), "waterbird": divided(water, rng)},
        "places": places,
    }


def build() -> dict[str, np.ndarray]:
    """Return pictures, labels and what is known of each example."""
    found, rng = files(), seeding.stream(0, "case study", "birds")
    pictures, rows = [], []
    for part in PARTS:
        for label, name in enumerate(CLASSES):
            birds = found["objects"][name][part]
            places = {kind: parts[part] for kind, parts in found["places"].items()}
            home = _chosen(AT_HOME[part], SIZES[part], rng)
            beside = _chosen(BESIDE[part][name], SIZES[part], rng)
            for i in range(SIZES[part]):
                kind = HOMES[name] if home[i] else next(k for k in places if k != HOMES[name])
                bird, place = str(rng.choice(birds)), str(rng.choice(places[kind]))
                pictures.append(_picture(bird, place, part, bool(beside[i]), rng))
                known = {"part": part, "id": f"{part}-{name}-{i:03d}", "label": str(label)}
                figure = "figure" if beside[i] else ""
                rows.append(
                    {**known, "object": bird, "surface": place, "kind": kind, "with": figure}
                )
    known = columns(rows)
    labels = known.pop("label").astype(np.int64)
    return {
        "pictures": pixels(pictures),
        "labels": labels,
        "class_names": np.array(CLASSES),
        **known,
    }


def _picture(
    bird: str, place: str, part: str, beside: bool, rng: np.random.Generator
) -> Image.Image:
    background = crop(_place(place), SIDE, rng)
    if beside:
        figure = FIGURES["train" if part == "train" else "held out"]
        background = placed(background, _stamp(figure), FIGURE, rng)
    return placed(background, _stamp(bird), BIRD, rng)


def _chosen(share: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return exactly ``share`` of ``count``, in random order."""
    return np.asarray(rng.permutation(count) < round(share * count))


def _joined(halves: list[dict[str, list[str]]]) -> dict[str, list[str]]:
    return {part: [file for half in halves for file in half[part]] for part in PARTS}
