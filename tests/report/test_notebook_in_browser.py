"""Charts and cards in a notebook: legible in light and dark, as large as they are, offline."""

import pytest
import report_cases as cases
from browser import ARGUMENTS, CHROMIUM, NEEDED
from playwright.sync_api import Browser, Page, sync_playwright

import traindiff.display  # noqa: F401 - results draw themselves from here on

pytestmark = NEEDED

PAPER = {"light": (255, 255, 255), "dark": (17, 17, 17)}
THEMES = {
    "jupyter": 'data-jp-theme-light="{light}"',
    "vscode": 'class="vscode-{theme}"',
}


def notebook(theme: str, kind: str) -> str:
    """Return a page as a notebook is exported: its theme on the body, outputs one below another."""
    data = cases.digits()
    compared, verdict = cases.comparison(data), cases.verdicts()[0]
    shown = [
        compared.plot_explained(),
        compared.plot_similarity(),
        verdict.plot_effects(),
        compared.card(0, data),
        compared.card(1, data),
        cases.comparison(cases.wine()).card(0, cases.wine()),
    ]
    mark = THEMES[kind].format(theme=theme, light=str(theme == "light").lower())
    outputs = "".join(f'<div class="output">{each._repr_html_()}</div>' for each in shown)
    style = f"<style>body {{ background: rgb{PAPER[theme]} }}</style>"
    return f"<!DOCTYPE html><html><head>{style}</head><body {mark}>{outputs}</body></html>"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser):
    """Show a notebook; afterwards fail on any console message, error or request."""
    heard: list[str] = []
    opened: list[Page] = []

    def open_page(html: str, **options) -> Page:
        page = browser.new_page(**options)
        opened.append(page)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: heard.append(request.url))
        page.set_content(html)
        heard[:] = [url for url in heard if not url.startswith("data:")]
        return page

    yield open_page
    for page in opened:
        page.close()
    assert [each for each in heard if not each.startswith("data:")] == []


@pytest.mark.parametrize("kind", THEMES)
@pytest.mark.parametrize("theme", PAPER)
@pytest.mark.parametrize("system", PAPER)
def test_every_text_is_legible_in_the_notebooks_theme_whatever_the_systems(
    visit, kind, theme, system
):
    page = visit(notebook(theme, kind), color_scheme=system)
    colours = page.eval_on_selector_all(
        ".output :is(text, h3, dt, dd, td, .caption, .arm)",
        "all => all.map(one => getComputedStyle(one)[one.tagName === 'text' ? 'fill' : 'color'])",
    )
    assert len(colours) > 60
    assert min(contrast(rgb(colour), PAPER[theme]) for colour in set(colours)) >= 4.5


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[int, ...]) -> float:
    shares = (part / 255 for part in colour)
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_brings_a_background_or_a_frame_of_its_own(visit):
    page = visit(notebook("dark", "jupyter"))
    backgrounds = page.eval_on_selector_all(
        ".traindiff, .traindiff article, .traindiff .background",
        "all => all.map(one => getComputedStyle(one).backgroundColor)",
    )
    assert set(backgrounds) == {"rgba(0, 0, 0, 0)"}
    assert page.locator("iframe").count() == 0


@pytest.mark.parametrize("width", [1100, 420])
def test_a_card_is_as_tall_as_what_it_holds_and_scrolls_nowhere(visit, width):
    page = visit(notebook("light", "jupyter"), viewport={"width": width, "height": 600})
    for card in page.locator("div.traindiff").all():
        held = card.evaluate("one => [one.scrollHeight - one.clientHeight, one.clientHeight]")
        assert held[0] <= 0
        assert held[1] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_cards_beside_each_other_keep_their_own_pictures(visit):
    page = visit(notebook("light", "jupyter"))
    sheets = page.eval_on_selector_all(
        "div.traindiff:has(.thumb)",
        "all => all.map(one => getComputedStyle(one.querySelector('.thumb')).backgroundImage)",
    )
    assert len(set(sheets)) == 2
    assert all(sheet.startswith('url("data:image/png') for sheet in sheets)
