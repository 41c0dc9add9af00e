import attribution_cases as cases
import numpy as np
import pytest
import torch
from torch import nn

from traindiff import InputError
from traindiff.attribution import Ekfac, Trak, attribute
from traindiff.attribution.methods.ekfac import _trained_layers
from traindiff.datasets.groups import Groups


def test_what_to_install_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kronfluence", None)
    data = cases.classification()
    with pytest.raises(InputError, match=r"pip install 'traindiff\[ekfac\]'"):
        attribute(cases.network(), cases.states(1), data, method="ekfac")


def test_impossible_damping_is_refused():
    with pytest.raises(InputError, match="damping must be a positive number"):
        Ekfac(damping=0.0)


class TestWithKronfluence:
    @pytest.fixture(autouse=True)
    def installed(self):
        pytest.importorskip("kronfluence")

    def test_of_a_linear_regression_it_is_close_to_the_closed_form(self):
        data = cases.regression(n=60, features=5)
        weights = np.linalg.lstsq(*data[0], rcond=None)[0]
        model = cases.linear(weights[None])
        states = [model.state_dict()]
        scores = attribute(model, states, data, method=Ekfac(damping=1e-3))[0]
        closed = attribute(model, states, data, method=Trak(ridge=1e-3))[0]
        assert np.corrcoef(scores.ravel(), closed.ravel())[0, 1] > 0.95

    def test_it_is_reproducible_and_leaves_global_randomness_alone(self):
        data = cases.classification()
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        one, other = (
            attribute(cases.network(), cases.states(2), data, method="ekfac") for _ in range(2)
        )
        np.testing.assert_array_equal(one, other)
        assert torch.equal(torch.rand(3), expected)

    def test_groups_sum_the_scores_of_their_examples(self):
        data, groups = cases.classification(), Groups.of(np.arange(20) % 3)
        single = attribute(cases.network(), cases.states(1), data, method="ekfac")
        grouped = attribute(cases.network(), cases.states(1), data, method="ekfac", groups=groups)
        np.testing.assert_allclose(grouped, groups.sums(single), rtol=1e-3, atol=1e-4)

    def test_frozen_layers_have_no_part_in_it(self):
        data, states = cases.classification(n=150), cases.states(1)
        model = cases.network()
        model[0].requires_grad_(False)
        partly = attribute(model, states, data, method="ekfac")
        with torch.no_grad():
            model.load_state_dict(states[0])
            hidden = [(np.tanh(model[0](torch.as_tensor(x)).numpy()), y) for x, y in data]
        head = attribute(model[2], [model[2].state_dict()], hidden, method="ekfac")
        assert np.corrcoef(partly.ravel(), head.ravel())[0, 1] > 0.97  # other labels are drawn

    def test_a_model_without_a_trained_layer_it_knows_is_refused(self):
        (inputs, labels), targets = cases.classification()
        model = torch.nn.Sequential(torch.nn.LayerNorm(4), torch.nn.Linear(4, 3))
        model[1].requires_grad_(False)
        with pytest.raises(InputError, match=r"needs a trained torch\.nn\.Linear"):
            attribute(model, [model.state_dict()], ((inputs, labels), targets), method="ekfac")

    def test_targets_pass_in_blocks_and_the_blocks_do_not_show(self, monkeypatch):
        data, states = cases.classification(), cases.states(1)
        whole = attribute(cases.network(), states, data, method="ekfac")
        sizes = []
        scores = Ekfac._scores

        def counted(self, analyzer, task, rows):
            sizes.append(len(rows))
            return scores(self, analyzer, task, rows)

        monkeypatch.setattr(Ekfac, "_scores", counted)
        monkeypatch.setattr("traindiff.attribution.network.LARGEST_BLOCK", 20)
        many = (np.tile(data[1][0], (6, 1)), np.tile(data[1][1], 6))
        parts = attribute(cases.network(), states, (data[0], many), method="ekfac")
        assert sizes == [20, 20, 2]
        np.testing.assert_allclose(parts[0][:7], whole[0], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(parts[0][35:], whole[0], rtol=1e-3, atol=1e-5)

    def test_a_training_examples_own_copy_is_raised_by_it(self):
        (inputs, labels), _ = cases.classification(n=15, features=30)
        model = nn.Sequential(nn.Linear(30, 8), nn.Tanh(), nn.Linear(8, 3))
        scores = attribute(model, [model.state_dict()], [(inputs, labels)] * 2, method="ekfac")[0]
        assert (np.diag(scores) > 0).all()

    def test_it_is_kept_in_a_store_like_any_other(self, tmp_path):
        data, states = cases.classification(), cases.states(1)
        first = attribute(cases.network(), states, data, method="ekfac", store=tmp_path / "kept")
        again = attribute(cases.network(), states, data, method="ekfac", store=tmp_path / "kept")
        np.testing.assert_array_equal(again, first)

    def test_a_network_with_layers_that_it_is_wrong_for_is_attributed_by_the_others(self):
        data, model = cases.classification(), Odd()
        states = [model.state_dict()]
        scores = attribute(model, states, data, method=Ekfac(damping=1e6), device="cpu")
        for name, value in model.named_parameters():
            value.requires_grad_(name.startswith(("first", "head")))
        exact = attribute(model, states, data, method="grad-dot", device="cpu")
        # With so great a damping, only the gradients' product is left.
        np.testing.assert_allclose(1e6 * scores, exact, rtol=1e-3, atol=1e-4)


class Odd(nn.Module):
    """A layer called twice, attention, a parametrised layer, and two plain ones."""

    def __init__(self):
        super().__init__()
        self.first, self.twice, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.normed = nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))

    def forward(self, inputs):
        hidden = torch.tanh(self.first(inputs))[:, None]
        hidden = hidden + self.attention(hidden, hidden, hidden, need_weights=False)[0]
        return self.head(self.twice(torch.tanh(self.twice(self.normed(hidden[:, 0])))))


def test_only_layers_that_the_method_is_right_for_are_tracked():
    assert _trained_layers(Odd(), torch.zeros(1, 4)) == ["first", "head"]
    convolutions = nn.Sequential(
        nn.Conv2d(2, 2, 3),
        nn.Conv2d(2, 2, 3, groups=2),
        nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"),
    )
    assert _trained_layers(convolutions, torch.zeros(1, 2, 9, 9)) == ["0"]
    with pytest.raises(InputError, match=r"called once for an example.*use 'trak'"):
        _trained_layers(convolutions[1:], torch.zeros(1, 2, 9, 9))
