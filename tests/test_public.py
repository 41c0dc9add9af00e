import re
import subprocess
import sys
from pathlib import Path

import traindiff as td

API = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
FACES = ("augment", "lenses", "transforms")


def documented(place: str) -> set[str]:
    return set(re.findall(rf"^::: {re.escape(place)}\.(\w+)$", API.read_text(), re.MULTILINE))


def test_every_public_name_is_there():
    assert sorted(td.__all__) == td.__all__
    for name in td.__all__:
        assert getattr(td, name) is not None


def test_the_page_of_public_names_is_the_face():
    assert documented("traindiff") == set(td.__all__) - set(FACES)
    assert documented("traindiff.augment") == set(td.augment.__all__)


def test_no_other_name_is_documented():
    everything = re.findall(r"^::: (.+)$", API.read_text(), re.MULTILINE)
    places = {name.rpartition(".")[0] for name in everything}
    assert places <= {"traindiff", *(f"traindiff.{face}" for face in FACES)}
    for face in FACES:
        assert documented(f"traindiff.{face}") <= set(dir(getattr(td, face)))


def test_unknown_names_raise_attribute_error():
    assert not hasattr(td, "no_such_thing")


def test_the_face_loads_nothing_until_it_is_asked():
    code = "import sys, traindiff; dir(traindiff); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"numpy", "pandas", "torch", "sklearn", "traindiff.outputs"} & {*run.stdout.split()}
