import numpy as np
import pytest
from PIL import Image

from traindiff.datasets.image_folder import image_folder
from traindiff.errors import InputError

RED, GREEN = (255, 0, 0), (0, 255, 0)


def paint(path, colour=RED, size=(6, 4), mode="RGB"):
    """Write a picture of ``size`` (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.png", "deep/c.png"):
        paint(tmp_path / "reds" / name)
    for name in ("d.png", "e.bmp"):
        paint(tmp_path / "greens" / name, GREEN)
    return tmp_path


def test_a_folder_is_a_class(folder):
    data = image_folder(folder)
    assert data.name == folder.name
    assert data.class_names == ("greens", "reds")
    assert data.ids == (
        "greens/d.png",
        "greens/e.bmp",
        "reds/a.png",
        "reds/b.png",
        "reds/deep/c.png",
    )
    assert data.labels.tolist() == [0, 0, 1, 1, 1]
    assert data.inputs.shape == (5, 3, 4, 6)
    np.testing.assert_array_equal(data.inputs[2, :, 0, 0], [1, 0, 0])
    np.testing.assert_array_equal(data.inputs[0, :, 0, 0], [0, 1, 0])


def test_resizes_to_height_and_width(folder):
    paint(folder / "reds" / "big.png", size=(40, 30))
    assert image_folder(folder, size=8).inputs.shape == (6, 3, 8, 8)
    assert image_folder(folder, size=(8, 5)).inputs.shape == (6, 3, 8, 5)


def test_grey_has_one_channel(folder):
    data = image_folder(folder, mode="L")
    assert data.inputs.shape == (5, 1, 4, 6)
    np.testing.assert_allclose(data.inputs[0], 150 / 255, atol=1 / 255)


def test_turns_pictures_as_their_exif_data_say(folder):
    turned = Image.new("RGB", (4, 6), RED)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(folder / "reds" / "turned.jpg", exif=exif)
    assert image_folder(folder).inputs.shape == (6, 3, 4, 6)


@pytest.mark.parametrize(
    ("mode", "black"),
    [("1", 0), ("L", 0), ("LA", (0, 255)), ("P", 0), ("RGBA", (0, 0, 0, 255)), ("RGB", (0, 0, 0))],
)
def test_reads_every_8_bit_mode(folder, mode, black):
    paint(folder / "reds" / "z.png", black, mode=mode)
    np.testing.assert_array_equal(image_folder(folder).inputs[-1], 0)


def test_passes_over_what_is_no_picture_and_says_so(folder):
    for name in (".hidden.png", "notes.txt", ".cache/x.png"):
        path = folder / "reds" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("no picture")
    (folder / ".git").mkdir()
    data = image_folder(folder)
    assert len(data) == 5
    assert data.notes == ("1 file that is no picture passed over, such as reds/notes.txt.",)


def test_fingerprint_changes_with_a_pixel(folder):
    before = image_folder(folder).fingerprint
    assert image_folder(folder).fingerprint == before
    picture = Image.open(folder / "reds" / "a.png")
    picture.putpixel((0, 0), (254, 0, 0))
    picture.save(folder / "reds" / "a.png")
    assert image_folder(folder).fingerprint != before


def test_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        image_folder(tmp_path / "nowhere")


@pytest.mark.parametrize("classes", [0, 1])
def test_refuses_fewer_than_two_sub_folders(tmp_path, classes):
    paint(tmp_path / "loose.png")
    for i in range(classes):
        paint(tmp_path / str(i) / "a.png")
    with pytest.raises(InputError, match=f"has {classes} sub-folders; expected at least 2"):
        image_folder(tmp_path)


def test_refuses_an_empty_class(folder):
    (folder / "blues").mkdir()
    (folder / "blues" / "notes.txt").write_text("none yet")
    with pytest.raises(InputError, match="blues has no picture"):
        image_folder(folder)


def test_refuses_pictures_of_different_sizes(folder):
    paint(folder / "reds" / "big.png", size=(7, 4))
    with pytest.raises(InputError, match=r"big\.png is 4 pixels high and 7 wide.* set size"):
        image_folder(folder)


def test_refuses_16_bit_pictures(folder):
    paint(folder / "reds" / "deep.png", 40_000, mode="I;16")
    with pytest.raises(InputError, match=r"deep\.png has pixels of mode 'I;16B'"):
        image_folder(folder)


@pytest.mark.parametrize("keep", [0, 10, 60, -60])
def test_names_a_damaged_picture(folder, keep):
    path = folder / "reds" / "a.png"
    noise = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"reds/a\.png can't be read as a picture"):
        image_folder(folder)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".ppm"])
@pytest.mark.filterwarnings("ignore")
def test_a_flipped_byte_is_read_or_named(tmp_path, suffix):
    for name in ("one", "two"):
        paint(tmp_path / name / f"a{suffix}")
    path = tmp_path / "one" / f"a{suffix}"
    whole = path.read_bytes()
    refused = 0
    for i in range(0, len(whole), 1 + len(whole) // 80):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        try:
            image_folder(tmp_path, size=4)
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017
            refused += 1
    assert refused


@pytest.mark.parametrize("size", [0, -3, 2.5, (8, 0), (1, 2, 3)])
def test_refuses_an_impossible_size(folder, size):
    with pytest.raises(InputError, match="size must be pixels"):
        image_folder(folder, size=size)


def test_refuses_an_unknown_mode(folder):
    with pytest.raises(InputError, match="mode must be 'RGB' or 'L', found 'HSV'"):
        image_folder(folder, mode="HSV")
