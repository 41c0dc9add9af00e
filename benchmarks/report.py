"""Time and size of a report on ten thousand targets, and how soon it answers in a browser.

Pictures are noise, which compresses least; every target has influences under A and under B, and
all ten directions are significant. "Interactive" is from opening the file until every chart on the
page is drawn and the table of examples has answered a click on a column, in headless Chromium (the
median of five); so are sorting and filtering. With --demo RUN_DIR, that report's size is compared
with its bar too.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from traindiff.comparison import (
    AxisTest,
    Comparison,
    Directions,
    Judged,
    Power,
    Reliability,
    Test,
)
from traindiff.datamodels.base import Datamodels, Quality
from traindiff.datasets import Dataset, Splits
from traindiff.lenses.predictions.agreement import measure_agreement
from traindiff.outputs import Outputs
from traindiff.pair import Pair
from traindiff.report import Evidence, Findings, write_report

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TRAIN, TARGETS, DIRECTIONS, MODELS, OPENED = 2000, 10_000, 10, 200, 5
CLICK = """(() => {
    document.querySelector('[data-column=similarity]').click();
    return document.querySelector('th[aria-sort=descending]').textContent;
})()"""
SECONDS_TO_WRITE, MEGABYTES, SECONDS_TO_ANSWER, DEMO_MEGABYTES = 20, 15, 2, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, help="run directory of the demo, for its size")
    demo = parser.parse_args().demo
    print(f"load average of {os.cpu_count()} cores: {os.getloadavg()[0]:.1f}")
    evidence = large(np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        start, start_cpu = time.perf_counter(), time.process_time()
        page = write_report(evidence, folder)
        row("write, s", time.perf_counter() - start, SECONDS_TO_WRITE)
        row("write, CPU seconds", time.process_time() - start_cpu, SECONDS_TO_WRITE)
        for name in ("report.html", "report.json"):
            row(f"{name}, MB", page.with_name(name).stat().st_size / 1e6, MEGABYTES)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            tries = [opened(browser, page) for _ in range(OPENED)]
            for name in tries[0]:
                row(name, median(each[name] for each in tries), SECONDS_TO_ANSWER)
            browser.close()
    if demo is not None:
        row(
            "the demo's report.html, MB",
            (demo / "report.html").stat().st_size / 1e6,
            DEMO_MEGABYTES,
        )


def row(what: str, found: float, bar: float) -> None:
    print(f"{what:<36}{found:>8.2f}   bar {bar}", flush=True)


def opened(browser: Browser, path: Path) -> dict[str, float]:
    """Return seconds: until the page has answered its first click; to sort; to filter."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    sorted_by = page.evaluate(CLICK)
    times = {"until interactive, s": time.perf_counter() - start}
    assert sorted_by == "similarity", sorted_by
    for name, script in {
        "sort 10,000 targets, s": "document.querySelector('[data-column=q]').click()",
        "filter by direction, s": """(() => {
            const select = document.querySelector('select[aria-label=direction]');
            select.value = '3 1';
            select.dispatchEvent(new Event('change'));
        })()""",
    }.items():
        start = time.perf_counter()
        page.evaluate(script)
        times[name] = time.perf_counter() - start
    page.close()
    return times


def large(rng: np.random.Generator) -> Evidence:
    splits = pictures(rng)
    labels = splits.targets.labels
    outputs = Pair(ensemble(rng, labels), ensemble(rng, labels))
    return Evidence(
        title="Ten thousand targets",
        findings=Findings(
            comparison=comparison(rng),
            outputs=outputs,
            datamodels=Pair(datamodels(rng), datamodels(rng)),
        ),
        splits=splits,
        agreement=measure_agreement(outputs.a, outputs.b, labels, seed=0),
    )


def pictures(rng: np.random.Generator) -> Splits:
    def part(name: str, count: int) -> Dataset:
        return Dataset(
            name="noise",
            modality="image",
            inputs=rng.random((count, 3, 32, 32), dtype=np.float32),
            labels=rng.integers(0, 10, count),
            class_names=tuple(f"class {digit}" for digit in range(10)),
            ids=tuple(f"{name} {index:05d}" for index in range(count)),
        )

    return Splits(
        train=part("train", TRAIN), targets=part("target", TARGETS), verification=part("held", 100)
    )


def ensemble(rng: np.random.Generator, labels: np.ndarray) -> Outputs:
    right = rng.random((MODELS, TARGETS)) < rng.beta(9, 1, TARGETS)
    return Outputs(
        masks=rng.permuted(np.tile([False, True], (MODELS, TRAIN // 2)), axis=1),
        values=rng.normal(2, 1, (MODELS, TARGETS)),
        predictions=np.where(right, labels, (labels + 1) % 10),
    )


def datamodels(rng: np.random.Generator) -> Datamodels:
    return Datamodels(
        estimator="lasso",
        weights=rng.normal(size=(TARGETS, TRAIN)).astype(np.float32),
        bias=np.zeros(TARGETS, np.float32),
        penalty=np.zeros(TARGETS, np.float32),
        residual=np.zeros(TARGETS),
        lds=Quality(
            per_target=np.full(TARGETS, 0.4),
            mean=0.4,
            quartiles=(0.3, 0.4, 0.5),
            interval=(0.39, 0.41),
            n_models=100,
        ),
        n_models=MODELS,
        excluded_targets=np.zeros(0, int),
        excluded_train=np.zeros(0, int),
    )


def comparison(rng: np.random.Generator) -> Comparison:
    directions = rng.normal(size=(DIRECTIONS, TRAIN))
    falling = np.linspace(0.2, 0.02, DIRECTIONS)
    return Comparison(
        method="honest",
        found=Directions(
            rows=directions / np.linalg.norm(directions, axis=1, keepdims=True),
            projections=rng.normal(size=(TARGETS, DIRECTIONS)),
            explained=Pair(falling, falling[::-1]),
            singular_values=100 * falling + 20,
        ),
        similarity=rng.uniform(-0.2, 1, TARGETS),
        n_models=Pair(MODELS, MODELS),
        paired=True,
        test=test(rng),
        judged=Judged(
            sides=("A", "B") * (DIRECTIONS // 2),
            strengths=Pair(falling, falling[::-1]),
            reliability=(Reliability(projection_correlation=0.9, train_overlap=0.8),) * DIRECTIONS,
        ),
    )


def test(rng: np.random.Generator) -> Test:
    train, targets = (
        AxisTest(statistics=rng.gamma(20, 0.05, size), q_values=rng.random(size))
        for size in (TRAIN, TARGETS)
    )
    return Test(
        p_value=1 / 201,
        p_values=np.full(DIRECTIONS, 1 / 201),
        statistics={},
        null_level=20.0,
        permutations=200,
        level=0.05,
        power=Power(models_needed=MODELS, message="Enough models."),
        train=train,
        targets=targets,
    )


if __name__ == "__main__":
    main()
