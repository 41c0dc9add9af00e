"""Every file that a study begins with runs as it is, and nothing of a person's is overwritten."""

import os
import subprocess
import sys
import tomllib
from typing import get_args

import pytest

from traindiff.cli import main
from traindiff.cli.starters import Kind, starter
from traindiff.study.files import study_from

SMALL = {
    "data": {"train": 60, "targets": 40, "verification": 40},
    "focus": {"models": 20, "checkpoints": 3},
    "train": {"engine": "inline"},
    "compare": {"permutations": 19},
    "verify": {"models": 5, "proposals": 0, "resamples": 100},
}


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["traindiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return stop.value.code, printed.out, printed.err

    return call


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_init_writes_runs(cli, kind, tmp_path, monkeypatch):
    code, out, _ = cli("init", kind, "mine")
    assert code == 0
    assert "Next: cd mine; traindiff run study.toml --dry-run" in out
    assert {path.name for path in (tmp_path / "mine").iterdir()} == set(starter(kind))
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "mine"), *sys.path])
    monkeypatch.delitem(sys.modules, "recipes", raising=False)
    settings = tomllib.loads((tmp_path / "mine" / "study.toml").read_text())
    for section, smaller in SMALL.items():
        settings[section] |= smaller
    result = study_from(settings, tmp_path / "run").run()
    assert result.report_path.exists()
    assert len(result.verdicts) == len(settings["verify"]["transform"]) == 1
    sys.modules.pop("recipes", None)


def test_images_here_is_the_default(cli, tmp_path):
    code, out, _ = cli("init")
    assert (code, out) == (0, "Wrote study.toml.\nNext: traindiff run study.toml --dry-run\n")
    assert (tmp_path / "study.toml").read_text() == starter("images")["study.toml"]


@pytest.mark.parametrize("taken", starter("text"))
def test_nothing_is_overwritten_and_nothing_else_written(cli, taken, tmp_path):
    (tmp_path / taken).write_text("mine")
    code, _, err = cli("init", "text")
    assert code == 2
    assert f"{taken} is there already and is not overwritten" in err
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "mine"


def test_a_folder_that_cannot_be_made_and_a_kind_that_is_none_are_refused(cli, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = cli("init", "images", "file/below")
    assert code == 2
    assert "can't be written to" in err
    assert cli("init", "sounds")[0] == 2


def test_open_shows_the_report_and_prints_its_path(cli, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    (tmp_path / "run").mkdir()
    report = tmp_path / "run" / "report.html"
    code, _, err = cli("open", "run")
    assert code == 2
    assert "traindiff run run" in err
    report.write_text("<p>")
    assert cli("open", "run") == (0, f"{report}\n", "")
    assert cli("open", report)[0] == 0
    assert opened == [report.as_uri()] * 2


def test_without_a_browser_open_says_so(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    (tmp_path / "report.html").write_text("<p>")
    code, out, err = cli("open", ".")
    assert (code, out) == (0, f"{tmp_path / 'report.html'}\n")
    assert "No browser was found" in err


@pytest.mark.parametrize(
    ("typed", "completed"), [("in", {"init"}), ("init te", {"text"}), ("run --d", {"--dry-run"})]
)
def test_the_shell_completes_commands_kinds_and_options(typed, completed):
    words = f"traindiff {typed}"
    asked = {
        "_TRAINDIFF_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    script = "import sys; sys.argv = ['traindiff']; from traindiff.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | asked,
        capture_output=True,
        text=True,
    )
    assert completed <= set(done.stdout.split()), done.stderr


def test_every_command_teaches_by_an_example(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    _, out, _ = cli("--help")
    for command in ("init", "demo", "run", "open", "verify", "compare", "compare-scores"):
        assert command in out
        assert f"$ traindiff {command}" in cli(command, "--help")[1]
