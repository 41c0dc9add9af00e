import gzip
import struct

import numpy as np
import pytest

from traindiff.datasets.fashion_mnist import fashion_mnist, read_idx
from traindiff.errors import InputError

COUNTS = {"train": 40, "t10k": 20}


def idx(values):
    values = np.asarray(values, dtype=np.uint8)
    head = struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    return head + values.tobytes()


def write(folder, name, content, *, gzipped=True):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (f"{name}.gz" if gzipped else name)
    path.write_bytes(gzip.compress(content) if gzipped else content)
    return path


def write_all(folder, *, gzipped=True):
    """Write both parts; every pixel of example i of either is i, its label i modulo 10."""
    for prefix, count in COUNTS.items():
        images = np.repeat(np.arange(count), 784).reshape(count, 28, 28)
        write(folder, f"{prefix}-images-idx3-ubyte", idx(images), gzipped=gzipped)
        write(folder, f"{prefix}-labels-idx1-ubyte", idx(np.arange(count) % 10), gzipped=gzipped)
    return folder


@pytest.mark.parametrize("below", ["", "raw", "FashionMNIST/raw"])
@pytest.mark.parametrize("gzipped", [True, False])
def test_reads_every_usual_layout(tmp_path, below, gzipped):
    write_all(tmp_path / below, gzipped=gzipped)
    data = fashion_mnist(tmp_path)
    assert data.inputs.shape == (60, 1, 28, 28)
    assert data.inputs.dtype == np.float32
    np.testing.assert_allclose(data.inputs[:, 0, 0, 0] * 255, [*range(40), *range(20)], rtol=1e-6)
    assert data.labels.tolist() == [*range(10)] * 6
    assert data.class_names[9] == "Ankle boot"
    assert data.ids[39:41] == ("train-00039", "test-00000")
    assert data.metadata["original_split"].tolist() == ["train"] * 40 + ["test"] * 20
    assert data.notes == ()


def test_limit_keeps_a_random_subset_that_the_seed_decides(tmp_path):
    write_all(tmp_path)
    data = fashion_mnist(tmp_path, limit=30, seed=1)
    assert len(data) == 30
    assert data.ids == fashion_mnist(tmp_path, limit=30, seed=1).ids
    assert data.ids != fashion_mnist(tmp_path, limit=30, seed=2).ids
    whole = fashion_mnist(tmp_path)
    kept = [whole.ids.index(name) for name in data.ids]
    assert data.fingerprint == whole.take(np.array(kept)).fingerprint
    assert data.notes == ("30 of 60 examples left out at random (limit).",)
    assert fashion_mnist(tmp_path, limit=60).ids == whole.ids


@pytest.mark.parametrize("limit", [0, -1, 61])
def test_refuses_a_limit_out_of_range(tmp_path, limit):
    with pytest.raises(InputError, match=rf"limit must lie in \[1, 60\].* found {limit}"):
        fashion_mnist(write_all(tmp_path), limit=limit)


def test_refuses_a_folder_without_the_files(tmp_path):
    with pytest.raises(InputError, match=r"no train-images-idx3-ubyte .* dataset-fashion-mnist"):
        fashion_mnist(tmp_path)


def test_refuses_a_folder_with_some_of_the_files(tmp_path):
    (write_all(tmp_path) / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match=r"lacks t10k-labels-idx1-ubyte\.gz"):
        fashion_mnist(tmp_path)


def test_refuses_images_and_labels_that_differ_in_number(tmp_path):
    write(write_all(tmp_path), "train-labels-idx1-ubyte", idx([0] * 39))
    with pytest.raises(InputError, match=r"found shapes \(40, 28, 28\) and \(39,\)"):
        fashion_mnist(tmp_path)


def test_refuses_labels_of_another_dataset(tmp_path):
    write(write_all(tmp_path), "train-labels-idx1-ubyte", idx([47] * 40))
    with pytest.raises(InputError, match=r"labels must lie in \[0, 10\), found 0 to 47"):
        fashion_mnist(tmp_path)


def test_idx_round_trip(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, size=(3, 4, 5), dtype=np.uint8)
    for gzipped in (True, False):
        np.testing.assert_array_equal(
            read_idx(write(tmp_path, "a", idx(values), gzipped=gzipped)), values
        )


DAMAGED = {
    "empty": (b"", "begins with ''"),
    "not IDX": (b"PK\x03\x04....", "begins with '504b0304'"),
    "floats": (b"\0\0\x0d\x01\0\0\0\1\0\0\0\0", "not an IDX file of unsigned bytes"),
    "truncated": (idx(np.zeros((3, 4)))[:-1], r"states shape \[3, 4\], 24 bytes .* holds 23"),
    "too long": (idx(np.zeros(3)) + b"\0", "11 bytes in all, but holds 12"),
    "cut in its head": (idx(np.zeros((3, 4)))[:9], "holds 9"),
    "absurd shape": (b"\0\0\x08\x03" + b"\xff" * 12, "truncated or damaged"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_refuses_damaged_idx(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_idx(write(tmp_path, "a", content, gzipped=False))


def test_refuses_damaged_gzip(tmp_path):
    whole = gzip.compress(idx(np.zeros(1000)))
    damaged = {
        "short": whole[:-6],
        "no gzip": b"none",
        "bits": whole[:12] + b"\xff\xff" + whole[14:],
        "checksum": whole[:-8] + b"\0\0\0\0" + whole[-4:],
    }
    for content in damaged.values():
        path = tmp_path / "a.gz"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"can't be read: .*; fetch it again"):
            read_idx(path)
