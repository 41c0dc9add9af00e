import subprocess
import sys

import pytest

from traindiff import InputError
from traindiff.showing import Painters


def test_without_a_painter_one_is_told_how_to_get_it():
    with pytest.raises(InputError, match=r"import traindiff\.display"):
        Painters().painter()


def test_the_latest_painter_draws():
    painters = Painters()
    painters.register("first")
    painters.register("second")
    assert painters.painter() == "second"


def test_comparing_by_arrays_alone_is_enough_to_be_shown():
    code = """
import numpy as np, traindiff as td
scores = np.random.default_rng(0).normal(size=(2, 8, 20))
assert "untested" in td.compare_scores(*scores)._repr_html_()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
