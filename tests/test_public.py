import traindiff as td


def test_every_public_name_is_there_and_listed():
    assert sorted(td.__all__) == td.__all__
    for name in td.__all__:
        assert getattr(td, name) is not None


def test_unknown_names_raise_attribute_error():
    assert not hasattr(td, "no_such_thing")
