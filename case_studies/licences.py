"""Which package each source file is of, and under which licence it is.

Licences are read from the packages' own copyright files, in Debian's machine-readable format:
paragraphs name files by patterns, and the last that fits a file holds.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from case_studies.packages import PACKAGES

DOCUMENTS = Path("/usr/share/doc")

ORIGINS = (
    ("tex_", "ufoai-textures", "base/textures/tex_"),
    ("stellarium/", "stellarium-data", ""),
    ("wallpapers/", "plasma-workspace-wallpapers", ""),
    ("backgrounds/mate/", "mate-backgrounds", ""),
    ("backgrounds/", "lomiri-wallpapers-16.04", "16.04/"),
    ("", "tuxpaint-stamps-default", ""),
)
"""What a source file's name begins with, its package, and how the copyright file begins it."""


def terms(file: str) -> dict[str, str]:
    """Return the package and the licence of a source file, as the case studies name it."""
    start, package, inside = next(each for each in ORIGINS if file.startswith(each[0]))
    path = inside + file.removeprefix(start)
    fitting = [licence for patterns, licence in _paragraphs(package) if _fits(path, patterns)]
    # Some systems keep no copyright files; then the sum of the whole package is all there is.
    summed_up = {each.name: each.licence for each in PACKAGES}
    return {"package": package, "licence": fitting[-1] if fitting else summed_up[package]}


def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


@cache
def _paragraphs(package: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    try:
        text = (DOCUMENTS / package / "copyright").read_text("utf-8")
    except OSError:
        return ()
    found = map(_fields, re.split(r"\n\s*\n", text))
    return tuple(
        (tuple(each["Files"].split()), each["License"].splitlines()[0].strip())
        for each in found
        if "Files" in each and each.get("License")
    )


def _fields(paragraph: str) -> Mapping[str, str]:
    return dict(_each_field(paragraph))


def _each_field(paragraph: str) -> Iterator[tuple[str, str]]:
    # A line that begins with a space continues the field above it.
    for field in re.split(r"\n(?=\S)", paragraph):
        name, _, value = field.partition(":")
        yield name.strip(), value.strip()
