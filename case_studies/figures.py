"""Take the pictures of docs/case-studies.md from the reports, in Debian's Chromium.

python -m case_studies.figures

Each report's answer, and charts of effect against strength: the reports' other pictures are
composed of other people's, and stay out of the repository, but for Fashion-MNIST's.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("TRAINDIFF_CHROMIUM", "/usr/bin/chromium")
OUT = Path("docs/images")
SHOWN = {
    "augmentation": ("spider web", "polka dots"),
    "augmentation-fashion": (),
    "pretraining": ("yellow patch", "figure", "black-and-white texture"),
    "sgd": ("rectangle", "spider web"),
}
"""Run below runs/ to names of hypotheses whose charts are shown."""
WHOLE = {"augmentation-fashion": {"direction": "#directions .card", "hypothesis": "#trial-1"}}
"""Run to parts of its page that may be shown with their pictures."""


def main() -> None:
    """Write the pictures and print their paths."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for run in SHOWN:
            for path in pictures(browser, run):
                print(path)
        browser.close()


def pictures(browser: Browser, run: str) -> Iterator[Path]:
    """Yield the pictures taken of one report."""
    folder = Path("runs") / run
    page = browser.new_page(viewport={"width": 1280, "height": 1100}, device_scale_factor=1.5)
    page.goto((folder / "report.html").resolve().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield taken(page, "#answer", f"case-{run}-answer")
    for part, selector in WHOLE.get(run, {}).items():
        yield taken(page, selector, f"case-{run}-{part}")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    order = [trial["name"] for trial in report["trials"]]
    # Hypotheses after the first few are folded away.
    page.evaluate("document.querySelectorAll('details:has(.trial)').forEach(d => d.open = true)")
    for name in SHOWN[run]:
        chart = f"#trial-{order.index(name) + 1} .columns > figure .chart"
        yield taken(page, chart, f"case-{run}-{name.replace(' ', '-')}")
    page.close()


def taken(page: Page, selector: str, name: str) -> Path:
    """Return the picture of the first part of a page that ``selector`` finds."""
    path = OUT / f"{name}.png"
    page.locator(selector).first.screenshot(path=path)
    return path


if __name__ == "__main__":
    main()
