"""Ten thousand targets of the least compressible pictures stay within the page's budget."""

import numpy as np
import report_cases as cases

from traindiff.report import write_report
from traindiff.seeding import stream

TARGETS = 10_000
BYTES = 15_000_000


def test_a_report_on_ten_thousand_noisy_pictures_is_small_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(cases, "N_TARGETS", TARGETS)
    count = cases.N_TRAIN + TARGETS + cases.N_VERIFICATION
    noise = stream(0, "noise").random((count, 3, 32, 32), dtype=np.float32)
    splits = cases.split("noise", "image", noise, np.arange(count) % 10, tuple("0123456789"))
    path = write_report(cases.full(splits), tmp_path)
    assert path.stat().st_size < BYTES
    assert path.with_suffix(".json").stat().st_size < BYTES
