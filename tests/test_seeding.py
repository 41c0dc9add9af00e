import numpy as np

from traindiff.identity import fingerprint_array


def test_an_arrays_identity_is_its_type_shape_and_content():
    values = np.arange(6.0)
    others = [
        values + 1,
        values.astype(np.float32),
        values.reshape(2, 3),
        values.astype(object),
        np.array(["a", "b"], dtype=object),
    ]
    found = [fingerprint_array(each) for each in (values, *others)]
    assert len(set(found)) == 6
    strided = np.arange(12.0)[::2] / 2
    assert fingerprint_array(strided) == found[0]
