"""Commands that compute nothing import nothing heavy: they answer at once."""

import subprocess
import sys

import pytest

from traindiff.store import RunStore
from traindiff.study.journal import STAGES, Notebook

HEAVY = {
    *("torch", "sklearn", "scipy", "pandas", "pyarrow", "zarr", "numba", "altair", "vl_convert"),
    *("PIL", "jinja2", "jaxtyping", "distributed", "traindiff.comparison", "traindiff.report"),
}
STUDY = """
[data]
source = "digits"
train = 60
targets = 40
verification = 40
[a]
kind = "torch"
[b]
kind = "torch"
"""
WRONG = {
    "an unknown setting": (STUDY + "[train]\nmodel = 40\n", "did you mean 'models'"),
    "an unknown source": (STUDY.replace("digits", "digit"), "did you mean 'digits'"),
    "no such file": (STUDY.replace('"digits"', '"table"\npath = "no.csv"'), "no.csv: no such file"),
    "an unknown kind": (STUDY.replace('"torch"', '"torhc"', 1), "did you mean 'torch'"),
    "no TOML": ("[data", "is not valid TOML"),
}
SCRIPT = """
import sys
from traindiff.cli import main
try:
    main()
finally:
    print("loaded:", *sys.modules)
"""


def loaded_by(*arguments, place):
    """Return the exit code, what was said, and the modules that a command has loaded."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    out, _, modules = done.stdout.partition("loaded:")
    return done.returncode, out + done.stderr, {*modules.split()}


def test_help_loads_no_numbers(tmp_path):
    code, said, loaded = loaded_by("--help", place=tmp_path)
    assert code == 0
    assert "Commands" in said
    assert not loaded & (HEAVY | {"numpy", "pydantic"})


def test_a_status_reads_documents_alone(tmp_path):
    stage = {"title": "A (plain)", "name": "outputs/a", "follows": False, "pieces": []}
    stage["pieces"] = [{"name": "outputs/a/000000-000008", "fingerprint": "0" * 32, "models": 8}]
    with RunStore.open(tmp_path / "run", {"title": "begun"}) as store:
        Notebook(store=store).write(STAGES, {"stages": [stage], "workers": 2})
    code, said, loaded = loaded_by("status", "run", place=tmp_path)
    assert code == 0
    assert "A (plain): 0 of 8 models, 8 left" in said
    assert not loaded & HEAVY


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_in_a_study_file_is_told_at_once(tmp_path, wrong):
    text, expected = WRONG[wrong]
    (tmp_path / "study.toml").write_text(text)
    code, said, loaded = loaded_by("run", "study.toml", place=tmp_path)
    assert code == 2
    assert expected in said
    assert not loaded & HEAVY


def test_the_package_is_a_command_too(tmp_path):
    command = [sys.executable, "-m", "traindiff", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "traindiff" in done.stdout
