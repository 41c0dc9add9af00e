import struct
import warnings
import zlib

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


def png(path, width, height, *, depth=8, colour=2):
    """Write a PNG by hand: Pillow writes none of 16 bits a channel."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    row = b"\0" + bytes(width * channels * depth // 8)

    def chunk(name, content):
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = zlib.compress(row * min(height, 8))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_refuses_16_bits_a_channel(tmp_path, colour):
    with pytest.raises(InputError, match=r"deep\.png has pixels of mode '.*16.*'; convert it to 8"):
        read_squares([png(tmp_path / "deep.png", 3, 3, depth=16, colour=colour)], 2)
    assert read_squares([png(tmp_path / "well.png", 3, 3, colour=colour)], 2).shape == (1, 3, 2, 2)


def test_refuses_deep_pnm(tmp_path):
    (tmp_path / "deep.ppm").write_bytes(b"P6 2 2 1000\n" + bytes(24))
    with pytest.raises(InputError, match="mode 'RGB up to 1000'; convert it to 8 bits"):
        read_squares([tmp_path / "deep.ppm"], 2)
    (tmp_path / "well.ppm").write_bytes(b"P6 2 2 255\n" + bytes(12))
    assert read_squares([tmp_path / "well.ppm"], 2).shape == (1, 3, 2, 2)


@pytest.mark.parametrize("sides", [(12_000, 12_000), (30_000, 30_000)])
def test_too_many_pixels_are_one_clear_line_and_no_warning(tmp_path, sides):
    path = png(tmp_path / "vast.png", *sides, colour=0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(InputError) as refused:
            read_squares([path], 4)
    assert said == []
    assert str(refused.value) == (
        f"{path} has more than 89 million pixels, too many to decode: scale it down."
    )
