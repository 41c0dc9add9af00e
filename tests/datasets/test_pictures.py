import numpy as np
import pytest
from PIL import Image

from traindiff.datasets.pictures import read_squares
from traindiff.errors import InputError


def test_cuts_the_middle_square(tmp_path):
    pixels = np.zeros((4, 8, 3), dtype=np.uint8)
    pixels[:, 2:6] = 255
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    np.testing.assert_array_equal(read_squares([tmp_path / "wide.png"], 4), np.ones((1, 3, 4, 4)))


def test_grey_becomes_three_equal_channels(tmp_path):
    Image.new("L", (5, 5), 51).save(tmp_path / "grey.png")
    squares = read_squares([tmp_path / "grey.png"], 3)
    assert squares.dtype == np.float32
    np.testing.assert_allclose(squares, 0.2, atol=1e-6)


def test_a_file_that_is_no_picture(tmp_path):
    (tmp_path / "a.png").write_text("text")
    with pytest.raises(InputError, match=r"a.png can't be read as a picture"):
        read_squares([tmp_path / "a.png"], 3)
