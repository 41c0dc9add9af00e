"""The documentation is true: its code runs, its commands parse, its settings are settings."""

import inspect
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

import docs_blocks
import traindiff
from docs_blocks import LANGUAGES, PAGES, ROOT, blocks
from traindiff.cli import main
from traindiff.datasets.sources import source_called
from traindiff.plugin import resolve
from traindiff.study import settings as sections
from traindiff.study.algorithms import KINDS, build_algorithm
from traindiff.study.files import read_file, study_from
from traindiff.study.hypotheses import hypothesis_from
from traindiff.study.validation import parse

DEMO = {"source": "digits", "train": 60, "targets": 40, "verification": 40}
PLAIN = {"kind": "torch"}
BEFORE = {  # what the text around a page's blocks takes for granted
    "explanation/datamodels.md": """
import numpy as np
import traindiff as td
rng = np.random.default_rng(0)
masks = rng.permuted(np.tile([False, True], (100, 300)), axis=1)
margins = masks @ rng.normal(size=(600, 500)).astype(np.float32)
finished_models = [(masks[:70], margins[:70]), (masks[70:], margins[70:])]
""",
}
NEEDS_RUN = {"run-directory.md", "reference/report-json.md"}
RUN_COMMANDS = {
    "how-to/pytorch.md",
    "how-to/training-script.md",
    "how-to/attribution-scores.md",
    "how-to/checkpoints.md",
}


def name(page: Path) -> str:
    return page.relative_to(
        ROOT / "docs" if page.is_relative_to(ROOT / "docs") else ROOT
    ).as_posix()


every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_no_code_escapes(page):
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page}:{block.line}: {block.language!r}"
        if block.language in ("text", ""):
            code = re.search(r"^ *(import |from \w+ import|\$ |make |traindiff )", block.text, re.M)
            assert code is None, f"{page}:{block.line}: code in a block that nothing runs"


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """An empty directory to run a page in; modules imported from it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    for module in ("recipes", "train_script"):  # other tests have modules of the same names
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for module in list(sys.modules):
        home = getattr(sys.modules[module], "__file__", None) or ""
        if home.startswith(str(tmp_path)):
            del sys.modules[module]


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A finished run, as the demo leaves one."""
    data = traindiff.load("digits")
    parts = traindiff.split(data, train=60, targets=40, verification=40, seed=0)
    a = traindiff.TorchAlgorithm(name="a", epochs=2)
    b = traindiff.TorchAlgorithm(name="b", epochs=4)
    run_dir = tmp_path_factory.mktemp("small") / "run"
    traindiff.Study(parts, a, b, run_dir=run_dir, models=24).run()
    return run_dir


@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(b.language == "python" for b in blocks(p))], ids=name
)
def test_what_a_page_shows_works(page, workshop, request, monkeypatch):
    """Write its files, run its Python and, where that is quick, its commands, top to bottom."""
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    if name(page) in NEEDS_RUN:
        run = request.getfixturevalue("small_run")
        (workshop / "runs").mkdir()
        for place in ("RUN_DIR", "runs/demo"):
            (workshop / place).symlink_to(run)
    namespace = {"__name__": "__docs__"}
    exec(BEFORE.get(name(page), ""), namespace)
    for block in blocks(page):
        if block.title:
            shrunk = docs_blocks.shrunk_study if block.language == "toml" else str
            (workshop / block.title).write_text(shrunk(block.text))
        elif block.language == "python":
            code = "\n" * block.line + docs_blocks.shrunk_python(block.text)
            exec(compile(code, str(page), "exec"), namespace)
        elif block.language == "console" and name(page) in RUN_COMMANDS:
            for program, *arguments in docs_blocks.commands(block):
                if program == "traindiff":
                    monkeypatch.setattr(sys, "argv", [program, *arguments])
                    with pytest.raises(SystemExit) as stop:
                        main()
                    assert stop.value.code == 0, arguments


@every_page
def test_the_commands_of_a_page_are_commands(page):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    for block in blocks(page):
        if block.language != "console":
            continue
        for program, *arguments in docs_blocks.commands(block):
            if program == "traindiff":
                docs_blocks.check_traindiff(arguments)
            elif program == "make":
                assert set(arguments) <= set(targets)
            else:
                assert program in {"cd", "dask", "source"}, f"{page}:{block.line}: {program}"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(b.language == "toml" for b in blocks(p))], ids=name
)
def test_the_settings_of_a_page_are_settings(page, workshop):
    for block in blocks(page):
        if block.title:
            (workshop / block.title).write_text(block.text)
        if block.language == "toml":
            written = tomllib.loads(block.text)
            study = {"data": DEMO, "a": PLAIN, "b": PLAIN} | written
            checked = parse(sections.StudyFile, study, f"{page}:{block.line}")
            _check_source(checked.data)
            for side in ("a", "b"):
                build_algorithm(study[side], side)
            for transform in checked.verify.transform:
                hypothesis_from(transform, "transform")


def _check_source(data):
    source = resolve(data.source) if ":" in data.source else source_called(data.source)
    inspect.signature(source).bind(**data.arguments)


@every_page
def test_json_blocks_are_json(page):
    for block in blocks(page):
        if block.language == "json":
            json.loads(block.text)


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Top level", sections.StudyFile),
        ("[data]", sections.DataSettings),
        ("[train]", sections.TrainSettings),
        ("[attribute]", sections.AttributeSettings),
        ("[compare]", sections.CompareSettings),
        ("[verify]", sections.VerifySettings),
    ],
)
def test_every_key_of_a_study_file_is_documented_with_its_default(heading, section):
    page = (ROOT / "docs" / "reference" / "study-toml.md").read_text()
    table = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", table, re.M)
    assert [key for key, _ in rows] == list(section.model_fields)
    for key, told in rows:
        field = section.model_fields[key]
        if field.is_required():
            assert told == "required", key
        elif isinstance(field.default, str | int | float):
            assert tomllib.loads(f"x = {told.strip('`')}") == {"x": field.default}, key


def test_every_kind_of_algorithm_is_documented():
    page = (ROOT / "docs" / "reference" / "study-toml.md").read_text()
    for kind in KINDS:
        assert f"\n## {kind}\n" in page


@pytest.mark.parametrize(
    "example", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_examples_are_studies(example, tmp_path, monkeypatch):
    settings = read_file(example)
    if not Path(settings["data"].get("path", ROOT)).exists():
        pytest.skip(f"{example.name} needs {settings['data']['path']}, which is not installed")
    monkeypatch.chdir(ROOT)
    study_from(settings, tmp_path / "run", example.name)


def test_every_link_in_the_docs_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_page_is_in_the_sites_navigation():
    listed = set(re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M))
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert pages <= listed
