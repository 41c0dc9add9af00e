"""Take the dose-response charts of docs/case-studies.md from the reports, in Debian's Chromium.

python -m case_studies.figures

Charts alone: the reports' own pictures are composed of other people's, and stay out of the
repository.
"""

import json
import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("TRAINDIFF_CHROMIUM", "/usr/bin/chromium")
OUT = Path("docs/images")
SHOWN = {
    "augmentation": ("spider web", "polka dots"),
    "pretraining": ("yellow patch", "figure", "black-and-white texture"),
    "sgd": ("rectangle", "spider web"),
}
"""Run below runs/ to names of hypotheses."""


def main() -> None:
    """Write a picture of each chart and print its path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for run, names in SHOWN.items():
            for path in charts(browser, run, names):
                print(path)
        browser.close()


def charts(browser: Browser, run: str, names: tuple[str, ...]) -> list[Path]:
    """Return the pictures of one report's charts."""
    folder = Path("runs") / run
    report = json.loads((folder / "report.json").read_text("utf-8"))
    order = [trial["name"] for trial in report["trials"]]
    page = browser.new_page(viewport={"width": 1280, "height": 1100}, device_scale_factor=1.5)
    page.goto((folder / "report.html").resolve().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    # Hypotheses after the first few are folded away.
    page.evaluate("document.querySelectorAll('details:has(.trial)').forEach(d => d.open = true)")
    taken = []
    for name in names:
        chart = page.locator(f"#trial-{order.index(name) + 1} .columns > figure .chart")
        taken.append(OUT / f"case-{run}-{name.replace(' ', '-')}.png")
        chart.screenshot(path=taken[-1])
    page.close()
    return taken


if __name__ == "__main__":
    main()
