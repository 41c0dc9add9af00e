import pytest
from tests.faults.fuzzing import READERS, tried

from traindiff.seeding import stream

CASES = 416


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_good_file_is_read(reader, tmp_path):
    path = tmp_path / "folder" / reader.file
    path.parent.mkdir(parents=True)
    if reader.damaged:  # of the others, each seed makes another kind of file
        path.write_bytes(reader.good(stream(0, "fuzz", reader.name)))
        reader.read(path)


def test_a_damaged_file_is_read_or_refused_in_one_clear_error():
    found = tried(CASES)
    assert found.total() == CASES
    names = {reader.name for reader in READERS}
    assert {name for name, what in found if what == "refused"} == names
    # Every byte of a run directory is under a digest; of other files, some harm is not seen.
    assert {name for name, what in found if what == "read"} == names - {"run directory"}
