from traindiff.pair import Pair


def test_a_pair_unpacks_maps_and_names_its_sides():
    pair = Pair([1, 2], [3])
    a, b = pair
    assert (a, b) == ([1, 2], [3])
    assert pair.map(len) == Pair(2, 1)
    assert list(pair.items()) == [("A", [1, 2]), ("B", [3])]
