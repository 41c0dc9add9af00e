import sys
from pathlib import Path

import pytest

from traindiff.errors import InputError
from traindiff.plugin import announcing, call, resolve


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes a module into the current directory and gives its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def write(source, name="own_module"):
        (tmp_path / f"{name}.py").write_text(source)
        return name

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_finds_functions_in_the_current_directory(module):
    name = module("def one(): return 1\nclass Box:\n    size = 3\n")
    assert resolve(f"{name}:one")() == 1
    assert resolve(f"{name}:Box.size") == 3


def test_finds_installed_functions():
    assert resolve("numpy.linalg:norm").__name__ == "norm"


@pytest.mark.parametrize(
    "reference",
    ["os:getcwd", "os.path:join", "subprocess:run", "numpy:linalg.linalg.os", "builtins:len"],
)
def test_refuses_pythons_own_library(reference):
    with pytest.raises(InputError, match=r"is part of Python itself|unknown name"):
        resolve(reference)


def test_refuses_pythons_own_library_by_way_of_another_module(module):
    name = module("from os import getcwd\nfrom json import JSONDecoder\n")
    for attribute in ("getcwd", "JSONDecoder"):
        with pytest.raises(InputError, match="is part of Python itself"):
            resolve(f"{name}:{attribute}")


def test_the_current_directory_shadows_no_module(module):
    module("raise AssertionError('imported')\n", name="wave")
    name = module("import wave\ndef load(): return wave.__file__\n")
    assert str(sys.path[0]) != str(Path.cwd())
    assert Path(resolve(f"{name}:load")()).parent != Path.cwd()
    assert sys.path[-1] == str(Path.cwd())
    with pytest.raises(InputError, match="if its file has that name, another name"):
        resolve("wave:load")


def test_a_persons_own_file_is_told_of_before_it_is_imported(module, tmp_path):
    told = []
    name = module("raise RuntimeError('imported')\n")
    with announcing(told.append), pytest.raises(RuntimeError):
        resolve(f"{name}:load")
    with announcing(told.append):
        resolve("numpy.linalg:norm")
    assert told == [f"running {name} from {tmp_path / name}.py"]


def test_a_module_can_import_its_neighbours(module):
    module("value = 5\n", name="own_neighbour")
    name = module("from own_neighbour import value\n")
    assert resolve(f"{name}:value") == 5


@pytest.mark.parametrize("reference", ["nowhere", "nowhere:", ":load", ""])
def test_refuses_what_is_no_reference(reference):
    with pytest.raises(InputError, match="expected 'module:function'"):
        resolve(reference)


def test_refuses_a_missing_module(module):
    with pytest.raises(InputError, match=r"'no_such:load': module .* No module named 'no_such'"):
        resolve("no_such:load")


def test_refuses_a_missing_attribute_and_names_the_nearest(module):
    name = module("def load_all(): pass\n")
    with pytest.raises(InputError, match="'load_al': did you mean 'load_all'"):
        resolve(f"{name}:load_al")


def test_refuses_a_module_whose_own_import_fails(module):
    name = module("import no_such_package\n")
    with pytest.raises(InputError, match="No module named 'no_such_package'"):
        resolve(f"{name}:load")


def test_refuses_a_module_that_is_no_python(module):
    name = module("def load(:\n")
    with pytest.raises(InputError, match=r"can't be imported .*invalid syntax"):
        resolve(f"{name}:load")


def test_leaves_what_else_a_module_raises(module):
    name = module("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        resolve(f"{name}:load")


def test_calls_with_fitting_arguments_only():
    def area(width, height=2):
        return width * height

    assert call(area, {"width": 3}, "m:area") == 6
    with pytest.raises(InputError, match="unknown argument 'hight': did you mean 'height'"):
        call(area, {"width": 3, "hight": 2}, "m:area")
    with pytest.raises(InputError, match=r"no arguments: missing .* argument: 'width'"):
        call(area, {}, "m:area")
    with pytest.raises(InputError, match="'m:area' must be a function, found int"):
        call(6, {}, "m:area")


def test_leaves_a_type_error_of_the_function_itself():
    def broken():
        return 1 + "1"

    with pytest.raises(TypeError):
        call(broken, {}, "m:broken")
