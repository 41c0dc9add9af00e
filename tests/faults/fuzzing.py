"""Damaged files for every reader, from seeds: what comes of each is a value or one clear error.

Files are made anew from a seed, a good one is damaged in one of eight ways, and no damaged file is
kept. Parquet is left out: its reader is native code of another project, tried nowhere in process.
"""

import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from traindiff.cli.arrays import read_examples, read_outputs, read_scores
from traindiff.datasets.image_folder import image_folder
from traindiff.datasets.pictures import read_squares
from traindiff.datasets.table_file import table_file
from traindiff.datasets.text_file import text_file
from traindiff.errors import TraindiffError
from traindiff.seeding import stream
from traindiff.store import RunStore
from traindiff.study.files import read_file
from traindiff.study.hypotheses import hypothesis_from
from traindiff.study.settings import StudyFile
from traindiff.study.validation import parse
from traindiff.transforms.kinds import parse as parse_transform

KEY = "0" * 32
CELLS = (
    "", "0", "1", "-1", "1e308", "1e309", "nan", "inf", "9007199254740993", "1.5", "yes", "no",
    "true", "NULL", "2021-12-26", "\x00", "é", "\ufeff", '"', '""', "a,b", "=1+1", "1_000", " ",
)  # fmt: skip
WORDS = (
    "shift", "(", ")", "dx", "=", "1", ",", "[", "]", "flip", "'", "class", "1e999", "-", "None",
    "compose", "steps", "patch", "x", "size", "permute", "column", "\\", "{", "}", "lambda", ":",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A reader, and how its files are made.

    Parameters
    ----------
    name : str
    good : callable
        Returns the bytes of a good file, from random numbers.
    read : callable
        Reads a file of a given path.
    file : str
        What the file is called.
    damaged : bool
        Whether bytes are damaged; else ``good`` makes odd files itself.
    """

    name: str
    good: Callable[[np.random.Generator], bytes]
    read: Callable[[Path], Any]
    file: str
    damaged: bool = True


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Damage some bytes in one of eight ways."""
    data, length = bytearray(content), len(content)
    at = int(rng.integers(length))
    to = min(length, at + int(rng.integers(1, 17)))
    match int(rng.integers(8)):
        case 0:
            data[at] ^= 1 << int(rng.integers(8))
        case 1:
            del data[at:]
        case 2:
            del data[at:to]
        case 3:
            data[at:at] = rng.bytes(to - at)
        case 4:
            data[at:to] = rng.bytes(to - at)
        case 5:
            data[at:to] = (b"\xff" if rng.random() < 0.5 else b"\x00") * (to - at)
        case 6:
            other = int(rng.integers(length))
            data[at:to] = data[other : other + to - at]
        case _:
            for each in rng.integers(length, size=9):
                data[each] = int(rng.integers(256))
    return bytes(data)


def cases(count: int, seed: int = 0) -> Iterator[tuple[Reader, int]]:
    """Yield ``count`` cases, the readers in turn."""
    for index in range(count):
        yield READERS[index % len(READERS)], seed + index


def outcome(reader: Reader, seed: int, folder: Path) -> str:
    """Return "read" or "refused" for one case; whatever else is raised is a fault, and passes."""
    rng = stream(seed, "fuzz", reader.name)
    content = reader.good(rng)
    path = folder / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(damage(content, rng) if reader.damaged else content)
    try:
        reader.read(path)
    except TraindiffError:
        return "refused"
    return "read"


def tried(count: int, seed: int = 0) -> Counter[tuple[str, str]]:
    """Return how often each outcome came, by the reader's name."""
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as place:
        for reader, each in cases(count, seed):
            try:
                found[reader.name, outcome(reader, each, Path(place) / reader.name)] += 1
            except Exception as error:
                error.add_note(f"fuzz case: {reader.name}, seed {each}")
                raise
    return found


def _npz(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    masks, values = rng.random((6, 5)) < 0.5, rng.normal(size=(6, 4))
    save = np.savez if rng.random() < 0.5 else np.savez_compressed
    save(file, masks=masks, values=values)
    return file.getvalue()


def _examples(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    save = np.savez if rng.random() < 0.5 else np.savez_compressed
    save(file, inputs=rng.normal(size=(6, 4)), labels=np.arange(6))
    return file.getvalue()


def _npy(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    np.save(file, rng.normal(size=(5, 6)))
    return file.getvalue()


def _picture(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    kind = str(rng.choice(["PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF"]))
    pixels = rng.integers(256, size=(9, 7, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def _table(rng: np.random.Generator) -> bytes:
    rows = [f"{i},{rng.normal():.3f},{rng.choice(['p', 'q'])},{i % 2}" for i in range(12)]
    return "\n".join(["id,x,c,y", *rows, ""]).encode()


def _odd_table(rng: np.random.Generator) -> bytes:
    cells = rng.choice(CELLS, size=4)
    rows = [f"{i},{rng.choice(cells)},{rng.choice(cells)}" for i in range(12)]
    return "\n".join(["i,x,y", *rows, ""]).encode()


def _labels(rng: np.random.Generator) -> bytes:
    labels = rng.choice(rng.choice(CELLS, 3), size=12)
    return "\n".join(["x,y", *(f"{i},{label}" for i, label in enumerate(labels)), ""]).encode()


def _toml(rng: np.random.Generator) -> bytes:
    return b"""title = "t"
[data]
source = "digits"
train = 60
targets = 30
verification = 30
[a]
kind = "torch"
epochs = 2
[b]
kind = "torch"
augment = [{ kind = "shift", pixels = 1 }]
[train]
models = 40
[[verify.transform]]
kind = "shift"
dx = 1
"""


def _call(rng: np.random.Generator) -> bytes:
    words = [
        "compose",
        "(",
        "steps",
        "=",
        "[",
        "flip",
        ",",
        "shift",
        "(",
        "dx",
        "=",
        "1",
        ",",
        "dy",
        "=",
        "2.5",
        ")",
        "]",
        ")",
    ]
    for _ in range(rng.integers(4)):
        words[rng.integers(len(words))] = str(rng.choice(WORDS))
    return " ".join(words).encode()


def _json(rng: np.random.Generator) -> bytes:
    odd = [None, True, -1, 1e300, "shift", "é", [], {}, [1], {"kind": "flip"}, "[" * 50]
    keys = ["kind", "dx", "strength", "class", "side", "steps", "output", "inputs", "author"]
    written: dict[str, Any] = {"kind": "shift", "dx": 1, "strength": 0.5, "class": "3"}
    for _ in range(rng.integers(4)):
        written[str(rng.choice(keys))] = odd[rng.integers(len(odd))]
    return json.dumps(written).encode()


def _run(rng: np.random.Generator) -> bytes:
    """Return one file of a small run directory, told by its first byte."""
    return bytes([int(rng.integers(256))]) * 8


def _read_run(path: Path) -> None:
    rng = stream(int.from_bytes(path.read_bytes()[:4]), "fuzz", "run")
    run = path.parent / "run"
    with RunStore.open(run, {"seed": 0}) as store:
        store.save_arrays("outputs/a", KEY, {"values": np.arange(12.0).reshape(3, 4)})
        store.save_json("proposals", KEY, [{"kind": "flip"}])
    files = sorted(each for each in run.rglob("*") if each.is_file() and each.name != "lock")
    victim = files[rng.integers(len(files))]
    whole = victim.read_bytes()
    victim.write_bytes(damage(whole, rng))
    changed = victim.read_bytes() != whole
    found = RunStore.read(run)
    for message in found.damaged:
        raise TraindiffError(message)
    found.load_arrays("outputs/a", KEY)
    found.load_json("proposals", KEY)
    assert not changed, f"damage of {victim.name} went unseen"


def _read_folder(path: Path) -> None:
    other = path.parents[1] / "y"
    other.mkdir(exist_ok=True)
    Image.new("RGB", (4, 4)).save(other / "b.png")
    image_folder(path.parents[1], size=4)


def _read_json(path: Path) -> None:
    hypothesis_from(json.loads(path.read_text()), "here")


READERS = (
    Reader("outputs .npz", _npz, read_outputs, "a.npz"),
    Reader("examples .npz", _examples, read_examples, "a.npz"),
    Reader("scores .npy", _npy, read_scores, "a.npy"),
    Reader("picture", _picture, lambda path: read_squares([path], 4), "a.png"),
    Reader("folder", _picture, _read_folder, "x/a.png"),
    Reader("table, damaged", _table, lambda path: table_file(path, label="y"), "a.csv"),
    Reader("table, odd", _odd_table, lambda path: table_file(path, label="y"), "a.csv", False),
    Reader("labels", _labels, lambda path: table_file(path, label="y"), "a.csv", False),
    Reader("text", _table, lambda path: text_file(path, text="c", label="y"), "a.csv"),
    Reader("study.toml", _toml, lambda path: parse(StudyFile, read_file(path), ""), "a.toml"),
    Reader("--transform", _call, lambda path: parse_transform(path.read_text()), "a", False),
    Reader("hypothesis", _json, _read_json, "a.json", False),
    Reader("run directory", _run, _read_run, "seed", False),
)
