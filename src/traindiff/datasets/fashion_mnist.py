"""Fashion-MNIST from its four IDX files."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from traindiff import seeding
from traindiff.datasets.base import Dataset
from traindiff.errors import InputError, between

__all__ = ["fashion_mnist", "read_idx"]

_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_PREFIXES = {"train": "train", "test": "t10k"}
_UNSIGNED_BYTES = 0x08


def fashion_mnist(path: str | Path, *, limit: int | None = None, seed: int = 0) -> Dataset:
    """Return Fashion-MNIST: 70,000 pictures of clothes, 28 × 28 pixels, 10 classes.

    Parameters
    ----------
    path : path
        The folder with the four IDX files, gzipped or not, or the root that torchvision downloads
        to. Debian's ``dataset-fashion-mnist`` puts them in /usr/share/datasets/fashion-mnist.
    limit : int, optional
        Keep that many examples, drawn at random; all by default.
    seed : int
        Decides which.

    Returns
    -------
    Dataset
        The publisher's training examples, then the test ones; metadata ``original_split`` tells
        "train" from "test", and ids such as "train-00017" count within each.

    Raises
    ------
    InputError
        When a file is missing, damaged or of another dataset, or ``limit`` exceeds what there is.
    """
    folder = _folder(Path(path).expanduser())
    parts = {split: _read_part(folder, prefix) for split, prefix in _PREFIXES.items()}
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts.values(), strict=True))
    ids = [f"{split}-{i:05d}" for split, part in parts.items() for i in range(len(part[1]))]
    kept = _kept(len(labels), limit, seed)
    splits = np.array([name.partition("-")[0] for name in ids])
    return Dataset(
        name="fashion-mnist",
        modality="image",
        inputs=images[kept, None].astype(np.float32) / 255,
        labels=labels[kept],
        class_names=_CLASSES,
        ids=tuple(ids[i] for i in kept),
        metadata={"original_split": splits[kept]},
        notes=()
        if limit is None
        else (f"{len(labels) - limit} of {len(labels)} examples left out at random (limit).",),
    )


def read_idx(path: Path) -> np.ndarray:
    """Return the array in an IDX file of unsigned bytes, gzipped when its name ends in ".gz".

    The format: two zero bytes, the type, the number of axes, each axis' length as a big-endian
    32-bit integer, then the values.

    Raises
    ------
    InputError
        When the file is not of that format or not of the length it states.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} can't be read: {error}; fetch it again.") from error
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTES]):
        raise InputError(
            f"{path} is not an IDX file of unsigned bytes: it begins with {content[:4].hex()!r}, "
            "expected '000008' and the number of axes."
        )
    start = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:start].ljust(start - 4, b"\0"), dtype=">u4").tolist()
    size = start + math.prod(shape)
    if len(content) != size:
        raise InputError(
            f"{path} states shape {shape}, {size} bytes in all, "
            f"but holds {len(content)}: it is truncated or damaged; fetch it again."
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _folder(root: Path) -> Path:
    candidates = [root, root / "raw", root / "FashionMNIST" / "raw"]
    for folder in candidates:
        if any(folder.glob("train-images-idx3-ubyte*")):
            return folder
    raise InputError(
        f"no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in {root} (nor in raw or "
        "FashionMNIST/raw below it); install Debian's dataset-fashion-mnist and give "
        "/usr/share/datasets/fashion-mnist, or give the folder torchvision downloaded to."
    )


def _read_part(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    images = read_idx(_file(folder, f"{prefix}-images-idx3-ubyte"))
    labels = read_idx(_file(folder, f"{prefix}-labels-idx1-ubyte"))
    if images.shape[1:] != (28, 28) or labels.ndim != 1 or len(images) != len(labels):
        raise InputError(
            f"{folder}: expected {prefix} images [examples, 28, 28] and as many labels, "
            f"found shapes {images.shape} and {labels.shape}."
        )
    return images, labels


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise InputError(f"{folder} lacks {name}.gz (or {name}); all four IDX files are needed.")


def _kept(count: int, limit: int | None, seed: int) -> np.ndarray:
    if limit is None:
        return np.arange(count)
    between("limit", limit, 1, count)
    return np.sort(seeding.stream(seed, "fashion-mnist").permutation(count)[:limit])
