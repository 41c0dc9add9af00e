import subprocess
import sys

import pytest

from traindiff import InputError
from traindiff.comparison import showing


@pytest.fixture
def nobody():
    """No painter, whatever other tests have imported."""
    kept = list(showing._registered)
    showing._registered.clear()
    yield
    showing._registered[:] = kept


def test_without_a_painter_one_is_told_how_to_get_it(nobody):
    with pytest.raises(InputError, match=r"import traindiff\.display"):
        showing.painter()


def test_the_latest_painter_draws(nobody):
    first, second = object(), object()
    showing.register(first)
    showing.register(second)
    assert showing.painter() is second


def test_comparing_by_arrays_alone_is_enough_to_be_shown():
    code = """
import numpy as np, traindiff as td
scores = np.random.default_rng(0).normal(size=(2, 8, 20))
assert "untested" in td.compare_scores(*scores)._repr_html_()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
