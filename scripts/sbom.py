"""A software bill of materials: what `pip install traindiff` brings, by version and licence.

    python scripts/sbom.py [EXTRA ...] > sbom.json

CycloneDX 1.6, of the packages installed beside this interpreter; what markers leave out here is
left out. Packages without a stated licence are named on standard error.
"""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def closure(name: str, extras: frozenset[str]) -> Iterator[Distribution]:
    """Yield a distribution and all that it needs, each once."""
    left, seen = [(name, extras)], set()
    while left:
        name, extras = left.pop()
        if (canonicalize_name(name), extras) in seen:
            continue
        seen.add((canonicalize_name(name), extras))
        try:
            found = distribution(name)
        except PackageNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)
            continue
        yield found
        for line in found.requires or []:
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": each}) for each in (*extras, "")):
                left.append((needed.name, frozenset(needed.extras)))


def licence(found: Distribution) -> str:
    """Return the licence that metadata state: an expression, else classifiers, else a text."""
    about = found.metadata
    if expression := about.get("License-Expression"):
        return expression
    named = [
        each.rpartition(" :: ")[2]
        for each in about.get_all("Classifier") or []
        if each.startswith("License ::") and not each.endswith("OSI Approved")
    ]
    return " AND ".join(named) or (about.get("License") or "").strip().partition("\n")[0]


def component(found: Distribution) -> dict[str, Any]:
    """Return one entry of the bill."""
    name, stated = found.metadata["Name"], licence(found)
    if not stated:
        print(f"{name} states no licence", file=sys.stderr)
    return {
        "type": "library",
        "name": name,
        "version": found.version,
        "purl": f"pkg:pypi/{canonicalize_name(name)}@{found.version}",
        "licenses": [{"license": {"name": stated}}] if stated else [],
    }


def main() -> None:
    every = {
        found.metadata["Name"]: found for found in closure("traindiff", frozenset(sys.argv[1:]))
    }
    own = every.pop("traindiff")
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": component(own)},
        "components": [component(every[name]) for name in sorted(every, key=str.lower)],
    }
    print(json.dumps(bill, indent=1))


if __name__ == "__main__":
    main()
