import numpy as np
import pytest

from traindiff.datasets.cifar import cifar10
from traindiff.datasets.splits import split
from traindiff.errors import InputError

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def records(count, seed):
    """Return a file's bytes: a label, then the planes of a picture, each filled with its index."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.uint8)[:, None] % 10
    return np.hstack([labels, rng.integers(256, size=(count, 3072), dtype=np.uint8)])


@pytest.fixture
def folder(tmp_path):
    for i in range(1, 6):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(records(20, i).tobytes())
    (tmp_path / "test_batch.bin").write_bytes(records(20, 6).tobytes())
    (tmp_path / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")
    return tmp_path


def test_reads_labels_and_planes(folder):
    data = cifar10(folder)
    assert data.inputs.shape == (120, 3, 32, 32)
    assert data.class_names == tuple(NAMES)
    assert data.labels.tolist() == [*range(10)] * 12
    first = records(20, 2)[3, 1:].reshape(3, 32, 32) / 255
    np.testing.assert_allclose(data.inputs[23], first, atol=1e-6)
    assert data.ids[23] == "train-00023"
    assert data.ids[100] == "test-00000"


def test_finds_the_folder_inside_another(folder):
    inner = folder / "cifar-10-batches-bin"
    inner.mkdir()
    for file in [*folder.glob("*.bin"), folder / "batches.meta.txt"]:
        file.rename(inner / file.name)
    assert len(cifar10(folder)) == 120


def test_a_study_keeps_the_published_division(folder):
    data = cifar10(folder)
    parts = split(data, train=100, targets=12, verification=8, seed=0, group="part")
    assert set(parts.train.metadata["original_split"]) == {"train"}
    for held_out in (parts.targets, parts.verification):
        assert set(held_out.metadata["original_split"]) == {"test"}


def test_another_seed_gives_other_targets(folder):
    targets = [cifar10(folder, seed=seed).metadata["part"] == "targets" for seed in (0, 0, 1)]
    np.testing.assert_array_equal(targets[0], targets[1])
    assert (targets[0] != targets[2]).any()


@pytest.mark.parametrize("name", ["data_batch_3.bin", "test_batch.bin"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} can't be read.*all six files"):
        cifar10(folder)


def test_a_truncated_file_is_named(folder):
    file = folder / "data_batch_2.bin"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"data_batch_2.bin must hold whole records of 3073 bytes"):
        cifar10(folder)


@pytest.mark.parametrize("name", ["data_batch_2.bin", "test_batch.bin"])
def test_a_file_cut_between_two_records_is_named(folder, name):
    file = folder / name
    file.write_bytes(file.read_bytes()[:-3073])
    with pytest.raises(InputError, match=f"{name} has 19 records, but data_batch_1.bin has 20: it"):
        cifar10(folder)


def test_an_empty_file_is_named(folder):
    (folder / "data_batch_2.bin").write_bytes(b"")
    with pytest.raises(InputError, match="found 0 bytes"):
        cifar10(folder)


def test_a_label_without_a_class_is_another_data_set(folder):
    broken = records(10, 1)
    broken[4, 0] = 77
    (folder / "data_batch_1.bin").write_bytes(broken.tobytes())
    with pytest.raises(InputError, match="has the label 77, but there are 10 classes"):
        cifar10(folder)


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py"])
def test_the_pickled_version_is_refused_by_name(tmp_path, inside):
    (tmp_path / inside).mkdir(exist_ok=True)
    (tmp_path / inside / "batches.meta").write_bytes(b"\x80\x04.")
    with pytest.raises(InputError, match="pickled Python version, which is not read"):
        cifar10(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(InputError, match=r"no batches.meta.txt in .*nowhere"):
        cifar10(tmp_path / "nowhere")


def test_class_names_must_be_readable(folder):
    (folder / "batches.meta.txt").write_text("airplane\n")
    with pytest.raises(InputError, match="must name each class"):
        cifar10(folder)
    (folder / "batches.meta.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"batches.meta.txt can't be read"):
        cifar10(folder)
