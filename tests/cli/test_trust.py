"""Looking at a run directory runs nothing that it names; going on with a foreign one asks first."""

import shutil
import sys
from pathlib import Path

import pytest

from traindiff.cli import main
from traindiff.errors import StoreError
from traindiff.identity import fingerprint
from traindiff.store import RunStore
from traindiff.store.documents import encode
from traindiff.study.files import study_from
from traindiff.study.stages import read_stages
from traindiff.study.trust import made_here, mark_made_here, named_code

CODE = """
from pathlib import Path
Path("marker").touch()
from sklearn.datasets import load_wine
def data():
    found = load_wine()
    return found.data, found.target
"""
STUDY = {
    "data": {"source": "marked:data", "train": 60, "targets": 20, "verification": 20},
    "a": {"kind": "closed-form", "name": "weak"},
    "b": {"kind": "closed-form", "name": "strong", "alpha": 9.0},
    "train": {"models": 20, "engine": "inline"},
    "compare": {"permutations": 19},
    "verify": {"models": 5, "proposals": 0, "resamples": 100},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with a finished run that was made here, and the module it names."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "marked.py").write_text(CODE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        study_from(STUDY, folder / "run").run()
    (folder / "marker").unlink()
    return folder


@pytest.fixture
def cli(capsys, monkeypatch, home):
    monkeypatch.chdir(home)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "marked", raising=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["traindiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return stop.value.code, printed.out, printed.err

    return call


@pytest.fixture
def foreign(home, tmp_path):
    return Path(shutil.copytree(home / "run", tmp_path / "foreign"))


def test_looking_imports_nothing_and_going_on_elsewhere_asks(cli, home, foreign):
    marker = home / "marker"
    look = [
        ("status",),
        ("report",),
        ("report", "--json"),
        ("verify", "--transform", "permute(column=alcohol)", "--dry-run"),
    ]
    for command, *options in look:
        code, out, err = cli(command, foreign, *options)
        assert (code, err) == (0, ""), command
        assert out
    for command in (
        ("run",),
        ("run", "--dry-run"),
        ("verify", "--transform", "permute(column=alcohol)"),
    ):
        code, _, err = cli(command[0], foreign, *command[1:])
        assert code == 2
        if command[0] == "run":
            assert "was not made here, and going on runs code that it names: marked:data" in err
    assert not marker.exists()
    code, _, err = cli("run", foreign, "--trust")
    assert code == 0
    assert f"running marked from {home / 'marked.py'}\n" in err
    assert marker.exists()
    assert made_here(RunStore.read(foreign))
    assert cli("report", foreign, "-q")[0] == 0


def test_a_run_made_here_goes_on_without_a_word(cli, home):
    assert made_here(RunStore.read(home / "run"))
    assert cli("report", "run", "-q")[2] == ""
    (home / "marker").unlink()


def test_one_that_lies_elsewhere_or_came_back_is_foreign(tmp_path):
    with RunStore.open(tmp_path / "run", {}) as store:
        mark_made_here(store)
        assert made_here(store)
    moved = (tmp_path / "run").rename(tmp_path / "moved")
    assert not made_here(RunStore.read(moved))
    back = shutil.copytree(moved, tmp_path / "run")  # its token came along
    assert not made_here(RunStore.read(back))
    link = tmp_path / "link"
    shutil.rmtree(back)
    moved.rename(back)
    link.symlink_to(back)
    assert made_here(RunStore.read(link))


@pytest.mark.parametrize(
    "forged", [[], {"stages": 3, "workers": 1}, {"stages": [], "workers": True}]
)
def test_forged_stages_are_named(foreign, forged):
    _forge(foreign, "stages", forged)
    with pytest.raises(StoreError, match="the document 'stages' is not what a run writes"):
        read_stages(RunStore.read(foreign))


def test_forged_stages_lead_nowhere_outside(foreign):
    found = read_stages(RunStore.read(foreign)).model_dump(mode="json")
    found["stages"][0]["pieces"][0]["name"] = "../../elsewhere"
    _forge(foreign, "stages", found)
    with pytest.raises(StoreError, match="is not what a run writes"):
        read_stages(RunStore.read(foreign))


@pytest.mark.parametrize("content", ["{}", "[]", "x", '{"title": 3}', "[" * 100_000])
def test_a_report_that_is_none_of_ours_is_named(cli, foreign, content):
    (foreign / "report.json").write_text(content)
    code, _, err = cli("report", foreign)
    assert code == 1
    assert "report.json is no report of traindiff's" in err


def test_what_is_ours_alone_needs_no_trust():
    own = {"data": {"source": "digits"}, "a": {"kind": "torch"}, "b": {"kind": "closed-form"}}
    assert named_code(own) == ()
    for side in (
        {"kind": "command", "command": ["sh"]},
        {"kind": "sklearn", "estimator": "x.Y"},
        {"kind": "torch", "module": "nets:make"},
        {"kind": "closed-form", "features": {"kind": "m:f"}},
        {"kind": "nets:make"},
        {},
    ):
        assert named_code({**own, "b": side}) != ()
    assert named_code({**own, "data": {"source": "m:f"}}) == ("m:f",)
    assert named_code({**own, "focus": {"groups": {"by": ["m:f"]}}}) == ("m:f",)


def _forge(run, name, content):
    key = fingerprint("written by people")
    document = run / "documents" / f"{name}.{key}.json"
    assert document.exists()
    document.write_bytes(encode(content))
