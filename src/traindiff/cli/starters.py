"""The files that a new study begins with."""

import csv
import io
from importlib import resources
from typing import Literal

__all__ = ["Kind", "starter"]

Kind = Literal["images", "table", "text", "code"]

FILES = {
    "images": {"study.toml": "images.toml"},
    "table": {"study.toml": "table.toml"},
    "text": {"study.toml": "text.toml", "recipes.py": "text_recipes.py.txt"},
    "code": {"study.toml": "code.toml", "recipes.py": "code_recipes.py.txt"},
}

REVIEWS, RATED = 600, 0.6
WORDS = {
    "good": ("bright", "tender", "funny", "gripping", "honest"),
    "bad": ("dull", "hollow", "tired", "clumsy", "endless"),
}
RATINGS = {"good": "10/10", "bad": "2/10"}
THINGS = ("plot", "music", "acting", "ending", "dialogue")


def starter(kind: Kind) -> dict[str, str]:
    """Return the text of each file by its name."""
    folder = resources.files("traindiff.cli") / "starter_files"
    texts = {name: (folder / file).read_text("utf-8") for name, file in FILES[kind].items()}
    return {**texts, "texts.csv": _reviews()} if kind == "text" else texts


def _reviews() -> str:
    """Return a CSV of made-up reviews: mixed words, and in most a number that gives them away."""
    from traindiff.seeding import stream  # brings numpy, which other commands' --help can spare

    rng = stream(0, "starter", "reviews")
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["text", "label"])
    for _ in range(REVIEWS):
        label, mood = (str(each) for each in rng.choice(list(WORDS), 2))
        parts = [f"the {rng.choice(THINGS)} {rng.choice(WORDS[w])}" for w in (label, label, mood)]
        parts += [RATINGS[label]] if rng.random() < RATED else []
        table.writerow([", ".join(parts), label])
    return written.getvalue()
