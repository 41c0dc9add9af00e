"""What comes of faults, counted: damaged files for every reader, kills, changed bytes.

    python benchmarks/faults.py [--cases 2600] [--kills 200] [--bytes 1000] [--seed 1000]

Files: one outcome other than a value or an error of traindiff's ends it with a traceback that names
the case. Kills: a whole study, killed at random moments and continued, must end in the bytes of
report.json that an unharmed one has. Bytes: single ones of a finished run directory are changed;
each must be named, and made good by the next run. Writes benchmarks/results/faults.md.
"""

import argparse
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults.fuzzing import READERS, tried  # noqa: E402
from tests.faults.whole import flipped, killed  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("cases", 2600), ("kills", 200), ("bytes", 1000), ("seed", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    lines = [
        "# Faults",
        "",
        f"`python benchmarks/faults.py {' '.join(sys.argv[1:])}`".replace(" `", "`"),
    ]
    with tempfile.TemporaryDirectory() as place:
        if given.cases:
            lines += files(given.cases, given.seed)
        if given.kills:
            lines += counted(
                f"{given.kills} kills at random moments of a whole study",
                killed(given.kills, Path(place), given.seed),
            )
        if given.bytes:
            lines += counted(
                f"{given.bytes:,} single bytes of a finished run directory",
                flipped(given.bytes, Path(place), given.seed),
            )
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "benchmarks" / "results" / "faults.md").write_text(text, encoding="utf-8")


def files(cases: int, seed: int) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tried(cases, seed)
    return [
        "",
        f"## Damaged files: {found.total():,} cases, seeds from {seed}",
        "",
        "No other outcome came.",
        "",
        "| reader | read | one clear error |",
        "|---|---|---|",
        *(f"| {e.name} | {found[e.name, 'read']} | {found[e.name, 'refused']} |" for e in READERS),
    ]


def counted(title: str, found: Counter[str]) -> list[str]:
    rows = [f"| {name} | {count} |" for name, count in found.items()]
    return [
        "",
        f"## {title}",
        "",
        "No other outcome came.",
        "",
        "| outcome | |",
        "|---|---|",
        *rows,
    ]


if __name__ == "__main__":
    main()
