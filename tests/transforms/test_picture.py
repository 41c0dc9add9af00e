import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from traindiff.errors import InputError
from traindiff.seeding import stream
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.images.pixels import to_channels


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("see_through", [False, True])
def test_text_and_back_is_lossless_in_8_bits(channels, see_through):
    random = stream(0, "picture")
    pixels = random.integers(256, size=(channels, 4, 7)) / 255
    alpha = random.integers(256, size=(4, 7)) / 255 if see_through else None
    picture = Picture.from_array(pixels, alpha)
    again = Picture.from_text(picture.to_text())
    assert again == picture
    assert again.size == (7, 4)
    assert_allclose(again.values, pixels, atol=1e-6)
    assert_allclose(again.alpha, np.ones((4, 7)) if alpha is None else alpha, atol=1e-6)


def test_files_keep_colour_and_transparency_and_are_scaled_down(tmp_path):
    rgba = np.zeros((10, 600, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 255, 51
    Image.fromarray(rgba).save(tmp_path / "red.png")
    picture = Picture.from_file(tmp_path / "red.png")
    assert picture.size == (256, 4)
    assert picture.channels == 3
    assert_allclose(picture.alpha, 0.2, atol=1e-6)
    assert_allclose(picture.values[:, 0, 0], [1, 0, 0])
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(tmp_path / "grey.png")
    grey = Picture.from_file(tmp_path / "grey.png")
    assert grey.channels == 1
    assert grey.opaque


def test_unusable_files_texts_and_arrays_are_refused(tmp_path):
    (tmp_path / "web.png").write_text("no image")
    with pytest.raises(InputError, match="not an image"):
        Picture.from_file(tmp_path / "web.png")
    with pytest.raises(InputError, match="no image file"):
        Picture.from_file(tmp_path)
    for text in (
        "",
        "o1:",
        "o1:%%",
        "ox:aaaa",
        "o3:" + Picture.from_array(np.ones((1, 2, 2))).to_text()[3:],
    ):
        with pytest.raises(InputError, match="not a picture"):
            Picture.from_text(text)
    for array in (np.zeros((2, 2)), np.zeros((1, 0, 2)), np.full((1, 2, 2), np.nan)):
        with pytest.raises(InputError, match="a picture must be"):
            Picture.from_array(array)
    with pytest.raises(InputError, match="must be an array"):
        Picture.of("patch: picture", 3)


def test_channels_follow_the_data_or_are_refused():
    colour = np.arange(12.0).reshape(3, 2, 2)
    assert to_channels(colour, 3) is colour
    assert_allclose(to_channels(colour, 1)[0], colour.mean(axis=0))
    assert to_channels(colour[:1], 4).shape == (4, 2, 2)
    with pytest.raises(InputError, match="expected 1 or 4"):
        to_channels(colour, 4)
