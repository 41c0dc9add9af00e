"""Chromium for tests; without it they are skipped, loudly."""

import os
from pathlib import Path

import pytest

CHROMIUM = Path(os.environ.get("TRAINDIFF_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NEEDED = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NO CHROMIUM at {CHROMIUM}: make browser"),
]
