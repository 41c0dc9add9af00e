import numpy as np
from numpy.testing import assert_allclose

from traindiff.hypotheses.candidates.images import salience, standout_windows
from traindiff.seeding import stream
from traindiff.transforms.images.pixels import Box, covered, overlap


def test_overlap_is_intersection_over_union():
    a = Box(0, 0, 4, 4)
    assert overlap(a, a) == 1
    assert overlap(a, Box(4, 0, 4, 4)) == 0
    assert_allclose(overlap(a, Box(2, 0, 4, 4)), 8 / 24)
    assert covered(a, Box(1, 1, 2, 2)) == covered(Box(1, 1, 2, 2), a) == 1
    assert covered(a, Box(4, 0, 4, 4)) == 0


def test_the_window_where_the_top_images_differ_comes_first():
    random = stream(0, "windows")
    images = 0.3 * random.random((200, 1, 18, 24))
    top = np.arange(10)
    images[top, :, 9:13, 15:19] += 0.7
    found = standout_windows(salience(images, top), per_size=3)
    assert max(overlap(box, Box(15, 9, 4, 4)) for box in found[:6]) >= 0.5
    for box in found:
        assert 0 <= box.x <= 24 - box.width
        assert 0 <= box.y <= 18 - box.height


def test_windows_of_tiny_images_and_empty_groups():
    assert standout_windows(np.ones((2, 2)), per_size=5) == [Box(0, 0, 2, 2)]
    assert not salience(np.ones((3, 1, 4, 4)), np.array([], int)).any()
    assert not salience(np.ones((3, 1, 4, 4)), np.arange(3)).any()
    assert standout_windows(np.ones((1, 5)), per_size=5)[0] == Box(0, 0, 1, 1)
