import re
import subprocess
import sys
from pathlib import Path

import pytest

from traindiff.study.files import read_file, study_from

ROOT = Path(__file__).parents[1]


def test_the_readmes_python_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    script = "\n".join(blocks).replace("models=400", "models=40")  # the same path, sooner done
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout


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
