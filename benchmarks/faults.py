"""Damaged files for every reader: what comes of them, counted.

    python benchmarks/faults.py [--cases 2600] [--seed 1000]

One fault (anything but a value or an error of traindiff's) ends it with a traceback that names the
case. Writes benchmarks/results/faults.md.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults.fuzzing import READERS, tried  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=1000)
    given = parser.parse_args()
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tried(given.cases, given.seed)
    lines = [
        f"# Damaged files: {found.total():,} cases, seeds from {given.seed}",
        "",
        f"`python benchmarks/faults.py --cases {given.cases} --seed {given.seed}`, "
        f"{time.process_time() - began:.0f} s of processor time. No other outcome came.",
        "",
        "| reader | read | one clear error |",
        "|---|---|---|",
        *(f"| {e.name} | {found[e.name, 'read']} | {found[e.name, 'refused']} |" for e in READERS),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "benchmarks" / "results" / "faults.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
