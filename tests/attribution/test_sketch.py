import numpy as np
import torch

from traindiff.attribution.sketch import Sketch

CPU = torch.device("cpu")


def draw(parameters, size, name="a", seed=0):
    return Sketch.draw(parameters, size, CPU, seed, name)


def test_inner_products_keep_their_mean():
    rng = np.random.default_rng(0)
    pair = torch.as_tensor(rng.normal(size=(2, 90)) + 1, dtype=torch.float32)
    found = []
    for seed in range(2000):
        left, right = draw(90, 20, seed=seed)(pair)
        found.append(float(left @ right))
    spread = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - float(pair[0] @ pair[1])) < 4 * spread


def test_its_error_is_no_larger_than_a_gaussian_projections():
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(2, 90)).astype(np.float32)
    exact, size = pair[0] @ pair[1], 20
    sketched, dense = [], []
    for seed in range(1000):
        left, right = draw(90, size, seed=seed)(torch.as_tensor(pair))
        sketched.append(float(left @ right) - exact)
        left, right = pair @ rng.normal(size=(90, size)) / np.sqrt(size)
        dense.append(left @ right - exact)
    assert np.std(sketched) < 1.1 * np.std(dense)


def test_it_is_linear_and_loses_nothing_where_there_is_room_for_all():
    rows = torch.as_tensor(np.random.default_rng(0).normal(size=(3, 20)), dtype=torch.float32)
    sketch = draw(20, 20)
    torch.testing.assert_close(
        sketch(rows[:1] + 2 * rows[1:2]), sketch(rows)[:1] + 2 * sketch(rows)[1:2]
    )
    torch.testing.assert_close(sketch(rows) @ sketch(rows).T, rows @ rows.T)


def test_names_and_seeds_draw_different_sketches():
    rows = torch.ones(1, 50)
    assert torch.equal(draw(50, 7)(rows), draw(50, 7)(rows))
    assert not torch.equal(draw(50, 7)(rows), draw(50, 7, name="b")(rows))
    assert not torch.equal(draw(50, 7)(rows), draw(50, 7, seed=1)(rows))
