"""The page in a real browser: complete, silent, offline, at home on any screen and keyboard."""

from pathlib import Path

import pytest
import report_cases as cases
from browser import ARGUMENTS, CHROMIUM, NEEDED
from playwright.sync_api import Browser, Page, sync_playwright

from traindiff.report import write_report
from traindiff.report.content.build import build

EVERY = {
    "images": cases.full,
    "null": cases.null,
    "table": lambda: cases.full(cases.wine()),
    "text": lambda: cases.full(cases.reviews()),
    "arrays": cases.arrays_only,
    "published": lambda: cases.arrays_only("published"),
    "hostile": cases.hostile,
}

pytestmark = NEEDED


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reports")
    return {name: write_report(make(), folder / name).as_uri() for name, make in EVERY.items()}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, reports: dict[str, str]):
    """Open a report; afterwards fail on any console message, error or request but its own."""
    heard: list[str] = []
    opened: list[Page] = []

    def open_page(name: str, **options) -> Page:
        page = browser.new_page(**options)
        opened.append(page)
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("request", lambda request: _hear(request.url, reports[name], heard))
        page.goto(reports[name])
        page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
        return page

    yield open_page
    for page in opened:
        page.close()
    assert heard == []


def _hear(url: str, own: str, heard: list[str]) -> None:
    if url.split("#")[0] != own and not url.startswith("data:"):
        heard.append(f"request: {url[:200]}")


@pytest.mark.parametrize("name", EVERY)
def test_every_report_opens_silently_with_all_its_charts_and_fits_any_screen(visit, name):
    page = visit(name)
    charts = page.locator(".chart").count()
    assert charts >= 2
    assert page.locator(".chart svg").count() == charts
    for width in (1600, 375, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_do_nothing(visit):
    page = visit("hostile")
    page.locator("button.open").first.click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("dialog").is_visible()


def test_the_table_sorts_both_ways(visit):
    page = visit("images")
    column = page.get_by_role("button", name="similarity")
    column.click()
    down = _cells(page, 6)
    assert down == sorted(down, reverse=True)
    column.click()
    up = _cells(page, 6)
    assert up == sorted(up)
    assert up[0] < down[0]
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("similarity")


def _cells(page: Page, position: int) -> list[float]:
    texts = page.locator(f".people tbody tr > :nth-child({position})").all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def test_the_table_filters_by_label_direction_and_name(visit):
    page = visit("images")
    page.get_by_label("label", exact=True).select_option("3")
    labels = page.locator(".people tbody tr > :nth-child(2)").all_inner_texts()
    assert set(labels) == {"3"}
    page.get_by_label("label", exact=True).select_option("")
    page.get_by_label("direction", exact=True).select_option("1 1")
    labels = page.locator(".people tbody tr > :nth-child(2)").all_inner_texts()
    assert labels.count("0") >= 12
    assert page.get_by_role("button", name="direction 1").count() == 1
    assert page.get_by_role("button", name="direction 2").count() == 0
    page.get_by_label("direction", exact=True).select_option("")
    page.get_by_label("right in most models").select_option("A")
    kept = page.locator(".people tbody tr")
    assert kept.count() == build(cases.full()).agreement.mostly_only_right.a
    accuracies = [
        [_share(cell) for cell in kept.locator(f":nth-child({n})").all_inner_texts()]
        for n in (3, 4)
    ]
    assert min(accuracies[0]) > 50 >= max(accuracies[1])
    page.get_by_label("name contains").fill("0303")
    assert page.locator(".people tbody tr").count() <= 1


def _share(text: str) -> int:
    return int(text.removesuffix("%"))


def test_the_table_turns_pages(visit):
    page = visit("images")
    first = page.locator(".people tbody th").all_inner_texts()
    page.get_by_role("button", name="next").click()
    assert not set(first) & set(page.locator(".people tbody th").all_inner_texts())
    assert "21–40 of 160" in page.locator(".pager").inner_text()


def test_a_click_shows_what_matters_under_a_and_under_b(visit):
    page = visit("images")
    page.locator(".grid button.open").first.click()
    dialog = page.get_by_role("dialog")
    assert dialog.locator(".influences").count() == 2
    assert dialog.locator(".influences li").count() == 20
    assert dialog.locator(".influences .thumb").count() == 20
    evidence = cases.full()
    target = int(page.locator(".grid button.open").first.get_attribute("data-target"))
    strongest = int(evidence.findings.datamodels.a.weights[target].argmax())
    assert evidence.train.ids[strongest] in dialog.locator(".influences li").first.inner_text()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_a_folded_hypothesis_unfolds_with_its_charts_at_full_width(visit):
    page = visit("images")
    chart = page.locator("#trial-3 .chart").first
    assert not chart.is_visible()
    page.locator(".summary tbody a").nth(2).click()
    page.wait_for_function(
        "document.querySelector('#trial-3 .chart svg').getBoundingClientRect().width > 300"
    )
    assert chart.is_visible()


def test_everything_is_reached_by_keyboard(visit):
    page = visit("null")
    wanted = {"A", "SUMMARY", "BUTTON", "SELECT", "INPUT"}
    seen, names = set(), set()
    for _ in range(200):
        page.keyboard.press("Tab")
        tag, name = page.evaluate(
            "[document.activeElement.tagName, document.activeElement.textContent.trim()]"
        )
        seen.add(tag)
        names.add(name)
        if tag == "BODY":
            break
    assert wanted <= seen
    assert {"Skip to the answer", "Show numbers", "next →"} <= names


def test_a_row_opens_by_keyboard(visit):
    page = visit("table")
    page.locator(".people tbody button").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["images", "text", "published"])
def test_text_has_the_contrast_of_wcag_aa(visit, name, scheme):
    page = visit(name, color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []


def test_charts_follow_the_scheme_without_a_redraw(visit):
    page = visit("images", color_scheme="light")
    bar = page.locator("[data-figure=strengths] path[aria-roledescription=bar]").first
    colour = "element => getComputedStyle(element).fill"
    light = bar.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert bar.evaluate(colour) != light
    page.emulate_media(color_scheme="dark", media="print")
    assert bar.evaluate(colour) == light


def test_a_chart_tells_its_values(visit):
    page = visit("images")
    page.locator("[data-figure=strengths] path[aria-roledescription=bar]").first.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert "31" in tooltip.inner_text()


CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], under) =>
    [r, g, b].map((c, i) => (c * a + under[i] * (255 - a)) / 255);
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const colour = pixel(getComputedStyle(element).backgroundColor);
    return colour[3] === 255 ? colour.slice(0, 3) : over(colour, ground(element.parentElement));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const skip = !walker.currentNode.data.trim() || !element.checkVisibility()
      || element.closest("script, style, :disabled, svg");
    if (skip) continue;
    const under = ground(element);
    const [x, y] = [over(pixel(getComputedStyle(element).color), under), under].map(luminance);
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim()}`);
  }
  return weak;
}
"""


def test_a_list_is_saved_as_csv_with_all_its_rows(visit):
    page = visit("images")
    with page.expect_download() as saved:
        page.locator("#people .save").click()
    rows = Path(saved.value.path()).read_text("utf-8").splitlines()
    assert rows[0].startswith("target,label,")
    assert len(rows) == 1 + cases.N_TARGETS
