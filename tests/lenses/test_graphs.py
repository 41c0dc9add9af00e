"""Graphs: a planted chain, one more edge, exact cases, and what has no graph."""

import numpy as np
import pytest
from sklearn.covariance import GraphicalLasso

from traindiff import InputError
from traindiff.lenses import Graphs, OnlineGraph, look
from traindiff.lenses.graphs.correlations import correlation_difference, correlations
from traindiff.lenses.graphs.stability import stable_edges, strongest


def rng(seed=0):
    return np.random.default_rng(seed)


def chain(nodes, models, seed):
    """Outputs whose partial correlations are 0.4 between neighbours and 0 elsewhere."""
    precision, i = np.eye(nodes), np.arange(nodes - 1)
    precision[i, i + 1] = precision[i + 1, i] = -0.4
    root = np.linalg.cholesky(np.linalg.inv(precision))
    return rng(seed).normal(size=(models, nodes)) @ root.T, precision != 0


def upper(matrix):
    return matrix[np.triu_indices(len(matrix), 1)]


@pytest.mark.parametrize("seed", range(3))
def test_the_edges_of_a_chain_are_the_strongest_as_with_the_graphical_lasso(seed):
    values, edges = chain(20, 300, seed)
    found = OnlineGraph(n_nodes=20).partial_fit(values).finish().partial_correlations
    standard = (values - values.mean(0)) / values.std(0)
    lasso = np.abs(GraphicalLasso(0.05).fit(standard).precision_)
    for strength in (np.abs(found), lasso):
        assert upper(edges)[np.argsort(-upper(strength))[:19]].all()
    assert (found == found.T).all()
    assert (np.diag(found) == 0).all()


def test_how_models_are_cut_into_calls_changes_nothing():
    values, _ = chain(6, 100, 0)
    whole = OnlineGraph(n_nodes=6).partial_fit(values).finish()
    parts = OnlineGraph(n_nodes=6)
    for part in np.array_split(values, 7):
        parts.partial_fit(part)
    np.testing.assert_array_equal(whole.weights, parts.finish().weights)


def test_scale_offset_and_order_of_outputs_change_nothing():
    values, _ = chain(6, 160, 0)
    plain = OnlineGraph(n_nodes=6).partial_fit(values).finish().partial_correlations
    changed = OnlineGraph(n_nodes=6).partial_fit(1000 * values[:, ::-1] + 7).finish()
    np.testing.assert_allclose(changed.partial_correlations[::-1, ::-1], plain, atol=1e-4)


def test_nothing_grows_with_the_number_of_models():
    graph = OnlineGraph(n_nodes=5)
    sizes = []
    for seed in range(6):
        graph.partial_fit(chain(5, 512, seed)[0])
        held = [graph._experts.average, graph._experts.present, *graph._errors]
        sizes.append(sum(each.nbytes for each in held))
    assert sizes[-1] == sizes[2]


def test_correlations_are_numpys_and_those_of_what_never_varies_0():
    values, chosen = rng().normal(size=(30, 4)), np.arange(30) < 20
    found = correlations(values, chosen[None])[0]
    np.testing.assert_allclose(upper(found), upper(np.corrcoef(values[:20].T)))
    values[:, 2] = 7.7
    assert (correlations(values, chosen[None])[0, 2] == 0).all()


def test_the_value_does_not_tell_a_from_b_and_takes_labellings_of_any_shape():
    values = rng().normal(size=(12, 4))
    drawn = rng(1).random((3, 50, 12)).argsort(axis=-1) < 6
    found = correlation_difference(values, drawn)
    assert found.shape == (3, 50)
    np.testing.assert_allclose(correlation_difference(values, ~drawn), found)
    assert correlation_difference(np.tile(values, (2, 1)), np.arange(24) < 12) == pytest.approx(0)
    assert np.isfinite(correlation_difference(np.ones((6, 4)), np.arange(6) < 3))


def linked(models, seed, strength):
    """Six outputs, the first two of which move together."""
    values = rng(seed).normal(size=(models, 6))
    values[:, 1] = strength * values[:, 0] + np.sqrt(1 - strength**2) * values[:, 1]
    return values


def test_one_more_edge_is_found_from_ten_models_where_it_is_nearly_a_function():
    found = [
        look(linked(10, i, 0.0), linked(10, 100 + i, 0.99), lens="graphs", relabellings=199).p_value
        for i in range(10)
    ]
    assert np.mean(np.array(found) <= 0.05) >= 0.8


def test_the_edge_of_one_side_is_drawn_as_its_own():
    graph, table = look(linked(60, 0, 0.0), linked(60, 1, 0.9), lens="graphs").exhibits
    assert [(edge.start, edge.end, edge.side) for edge in graph.edges] == [
        ("input 0", "input 1", "B")
    ]
    assert graph.edges[0].weight > 0.5
    assert table.rows[0][0] == "input 0 – input 1"
    assert table.rows[0][4] == 1


def test_noise_has_hardly_an_edge():
    kept = [stable_edges(rng(i).normal(size=(40, 10)), 0).kept.sum() / 2 for i in range(5)]
    assert np.mean(kept) <= 1
    assert not stable_edges(rng().normal(size=(7, 10)), 0).kept.any()


def test_ties_at_nothing_are_no_edges():
    assert not strongest(np.zeros((4, 4)), 3).any()


def test_classes_are_nodes_and_groups_are_what_was_named():
    labels = np.arange(40) % 4
    logits = rng().normal(size=(2, 5, 40, 4))
    found = look(*logits, (None, labels), lens="graphs")
    assert found.exhibits[0].nodes == ("0", "1", "2", "3")
    groups = np.array(["x", "y", "z", "w", "v"] * 8)
    said = logits.argmax(-1)
    named = look(*said, (None, labels), lens=Graphs(groups=groups))
    assert named.exhibits[0].nodes == ("v", "w", "x", "y", "z")
    alone = look(logits[0, :1], logits[1, :1], (None, labels), lens="graphs")
    assert (alone.exhibits, alone.p_value) == ((), None)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: look(*rng().normal(size=(2, 4, 61)), lens="graphs"), "3 to 60 nodes, found 61"),
        (lambda: look(*rng().integers(3, size=(2, 4, 9)), lens="graphs"), "give labels"),
        (
            lambda: look(*rng().normal(size=(2, 4, 9)), lens=Graphs(groups=["x"] * 8)),
            "each of 9 inputs, found 8",
        ),
        (lambda: OnlineGraph(n_nodes=0), "n_nodes must be a whole number"),
        (lambda: OnlineGraph(n_nodes=3, radii=(-1.0,)), "a radius must be a positive"),
        (lambda: OnlineGraph(n_nodes=3).partial_fit(np.ones((5, 2))), r"\[models, 3\], found"),
        (lambda: OnlineGraph(n_nodes=1).partial_fit([[np.nan]]), "leave out models"),
    ],
)
def test_what_has_no_graph_is_refused(ask, message):
    with pytest.raises(InputError, match=message):
        ask()
