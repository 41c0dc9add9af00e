"""A sheet of pictures gives each picture back, once."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from traindiff.report.render.thumbnails import COLUMNS, LARGEST_SIDE, PER_SHEET, Sheets
from traindiff.seeding import stream


def opened(sheets: Sheets, number: int = 0) -> np.ndarray:
    head, data = sheets.uris()[number].split(",", 1)
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def tile(sheets: Sheets, place: int) -> np.ndarray:
    number, within = divmod(place, PER_SHEET)
    row, column = divmod(within, COLUMNS)
    height, width = sheets.tile
    rows, columns = slice(row * height, (row + 1) * height), slice(column * width, None)
    return opened(sheets, number)[rows, columns][:, :width]


@pytest.mark.parametrize("channels", [1, 3])
def test_each_picture_is_where_it_was_put(channels):
    sheets = Sheets(height=5, width=7)
    levels = stream(0, "pictures").integers(0, 256, (300, channels, 5, 7))
    places = [sheets.add((image / 255).astype(np.float32)) for image in levels]
    assert places == list(range(300))
    for place, image in zip(places, levels, strict=True):
        np.testing.assert_array_equal(tile(sheets, place), image.transpose(1, 2, 0).squeeze())


def test_the_same_picture_takes_one_place():
    sheets = Sheets(height=4, width=4)
    image = np.full((1, 4, 4), 0.5, np.float32)
    assert sheets.add(image) == sheets.add(image.copy()) == 0
    np.testing.assert_array_equal(tile(sheets, 0), 128)
    assert len(sheets.uris()) == 1


def test_large_pictures_are_reduced_in_proportion():
    sheets = Sheets(height=256, width=128)
    sheets.add(np.ones((3, 256, 128), np.float32))
    assert sheets.tile == (LARGEST_SIDE, LARGEST_SIDE // 2)
    np.testing.assert_array_equal(tile(sheets, 0), 255)


def test_unusual_channels_are_shown_by_their_mean():
    sheets = Sheets(height=2, width=2)
    sheets.add(np.stack([np.zeros((2, 2)), np.ones((2, 2))]).astype(np.float32))
    np.testing.assert_array_equal(tile(sheets, 0), 127)


def test_values_out_of_range_are_clipped():
    sheets = Sheets(height=1, width=2)
    sheets.add(np.array([[[-0.5, 1.5]]], np.float32))
    np.testing.assert_array_equal(tile(sheets, 0), [[0, 255]])


def test_without_pictures_there_is_no_sheet():
    assert Sheets(height=3, width=3).uris() == []


def test_there_is_room_until_the_budget_is_spent():
    sheets = Sheets(height=8, width=8, budget=300)
    random = stream(0, "room")
    added = 0
    while sheets.has_room:
        sheets.add(random.random((3, 8, 8)))
        added += 1
    assert added == 2  # 192 bytes of noise each, which no compression makes smaller
