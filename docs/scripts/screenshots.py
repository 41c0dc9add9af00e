"""Take the documentation's pictures of reports, in Debian's Chromium.

Usage: python docs/scripts/screenshots.py NAME=RUN_DIR ... [--out docs/images]

Writes, for each report: the top of the page on a desktop in light and dark and on a phone, its
first direction and its first hypothesis, as far as it has them.
"""

import argparse
import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("TRAINDIFF_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {
    "desktop": ("light", 1280, 1100),
    "dark": ("dark", 1280, 1100),
    "phone": ("light", 375, 812),
}
PARTS = {"direction": "#directions .card", "hypothesis": "#trial-1"}


def main() -> None:
    arguments = parsed()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, run in (each.split("=", 1) for each in arguments.reports):
            for path in take(browser, name, Path(run), arguments.out):
                print(path)
        browser.close()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", nargs="+", metavar="NAME=RUN_DIR")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    return parser.parse_args()


def take(browser: Browser, name: str, run: Path, out: Path) -> list[Path]:
    """Return the pictures taken of one report."""
    report = (run if run.suffix == ".html" else run / "report.html").resolve().as_uri()
    taken = []
    for screen, (scheme, width, height) in SCREENS.items():
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            device_scale_factor=1.5,
        )
        page.goto(report)
        page.wait_for_selector("html[data-ready]", state="attached")
        taken.append(out / f"{name}-{screen}.png")
        page.screenshot(path=taken[-1])
        parts = PARTS if screen == "desktop" else {}
        for part, selector in parts.items():
            if page.locator(selector).count():
                taken.append(out / f"{name}-{part}.png")
                page.locator(selector).first.screenshot(path=taken[-1])
        page.close()
    return taken


if __name__ == "__main__":
    main()
