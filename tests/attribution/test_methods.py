from dataclasses import replace

import attribution_cases as cases
import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from traindiff import InputError
from traindiff.attribution import GradCos, GradDot, LastLayer, Trak, attribute
from traindiff.datasets.groups import Groups

METHODS = (Trak(), GradDot(), GradCos(), LastLayer())


def ridge_solution(inputs, values, penalty):
    return np.linalg.solve(inputs.T @ inputs + penalty * np.eye(inputs.shape[1]), inputs.T @ values)


@pytest.mark.parametrize("method", [Trak(ridge=0.5), LastLayer(ridge=0.5)])
@pytest.mark.parametrize("n", [12, 3])  # more and fewer examples than features
def test_of_ridge_regression_the_score_is_what_leaving_the_example_out_changes(method, n):
    train, targets = cases.regression(n=n, features=4)
    inputs, values = (part.astype(float) for part in train)
    penalty = 0.5 * np.square(inputs).sum(axis=1).mean()
    whole = ridge_solution(inputs, values, penalty)
    scores = attribute(
        cases.linear(whole[None]), [cases.linear(whole[None]).state_dict()], (train, targets),
        method=method,
    )[0]  # fmt: skip
    inverse = np.linalg.inv(inputs.T @ inputs + penalty * np.eye(4))
    leverages = np.einsum("if,fg,ig->i", inputs, inverse, inputs)
    for i in range(n):
        rest = np.arange(n) != i
        without = ridge_solution(inputs[rest], values[rest], penalty)
        change = targets[0] @ (whole - without)
        np.testing.assert_allclose(scores[:, i] / (1 - leverages[i]), change, rtol=2e-3, atol=1e-4)


def test_of_logistic_regression_the_last_layer_predicts_leaving_one_out():
    train, targets = cases.classification(n=60, features=3, classes=3)
    penalty = 3.0

    def fit(rows):
        inputs, labels = torch.as_tensor(train[0][rows]).double(), torch.as_tensor(train[1][rows])

        def objective(flat):
            weights = torch.tensor(flat.reshape(3, 3), requires_grad=True)
            loss = nn.functional.cross_entropy(inputs @ weights.T, labels, reduction="sum")
            loss = loss + penalty / 2 * (weights**2).sum()
            loss.backward()
            return loss.item(), weights.grad.numpy().ravel()

        return minimize(objective, np.zeros(9), jac=True, method="BFGS").x.reshape(3, 3)

    def margins(weights):
        logits = torch.as_tensor(targets[0]).double() @ torch.as_tensor(weights).T
        labels = torch.as_tensor(targets[1])
        right = logits.gather(1, labels[:, None])
        others = logits.scatter(1, labels[:, None], -torch.inf).logsumexp(1, keepdim=True)
        return (right - others)[:, 0].numpy()

    everything = np.arange(60)
    whole = fit(everything)
    logits = train[0].astype(float) @ whole.T
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    curvature = ((p * (1 - p)).sum(axis=1) * np.square(train[0]).sum(axis=1)).sum()
    method = LastLayer(ridge=penalty * 60 / curvature, temperature=1.0)
    model = cases.linear(whole)
    scores = attribute(model, [model.state_dict()], (train, targets), method=method)[0]
    truth = np.array(
        [margins(whole) - margins(fit(everything[everything != i])) for i in range(60)]
    )
    assert np.corrcoef(scores.T.ravel(), truth.ravel())[0, 1] > 0.99
    assert np.polyfit(scores.T.ravel(), truth.ravel(), 1)[0] == pytest.approx(1.05, abs=0.1)


def margins_and_gradients(model, part):
    found = [margin_and_gradient(model, *each) for each in zip(*part, strict=True)]
    return (np.array(each) for each in zip(*found, strict=True))


def margin_and_gradient(model, example, label):
    logits = model(torch.as_tensor(example)[None])[0]
    rest = torch.cat([logits[:label], logits[label + 1 :]])
    margin = logits[label] - torch.log(torch.exp(rest).sum())
    gradients = torch.autograd.grad(margin, list(model.parameters()))
    return margin.item(), np.concatenate([each.double().flatten() for each in gradients])


@pytest.mark.parametrize("n", [20, 100])  # fewer and more examples than the 51 weights
def test_of_a_network_trak_is_its_formula_written_out(n):
    train, targets = cases.classification(n=n)
    model = cases.network()
    margins, phi = margins_and_gradients(model, train)
    _, of_targets = margins_and_gradients(model, targets)
    ridge, temperature = 0.3, 2.0
    pull = 1 - 1 / (1 + np.exp(-margins / temperature))
    penalty = ridge * np.square(phi).sum(axis=1).mean()
    inverse = np.linalg.inv(phi.T @ phi + penalty * np.eye(phi.shape[1]))
    expected = of_targets @ inverse @ phi.T * pull
    method = Trak(ridge=ridge, temperature=temperature)
    scores = attribute(model, [model.state_dict()], (train, targets), method=method)[0]
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("classes", [2, 5])
def test_the_last_layers_curvature_is_its_formula_written_out(classes):
    train, targets = cases.classification(n=40, classes=classes)
    model = cases.network(classes=classes)
    with torch.no_grad():
        hidden = [np.c_[model[:2](torch.as_tensor(x)).numpy(), np.ones(len(x))] for x, _ in
                  (train, targets)]  # fmt: skip
        logits = [model(torch.as_tensor(x)).double().numpy() for x, _ in (train, targets)]
    p, q = (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) for z in logits)
    curvature = sum(
        np.kron(np.diag(each) - np.outer(each, each), np.outer(h, h))
        for each, h in zip(p, hidden[0], strict=True)
    )
    curvature += 0.2 * np.trace(curvature) / 40 * np.eye(len(curvature))
    steps, slopes = (
        np.array([np.kron(np.eye(classes)[y] - e, h) for e, y, h in zip(*of, strict=True)])
        for of in ((p, train[1], hidden[0]), (q, targets[1], hidden[1]))
    )
    expected = slopes @ np.linalg.inv(curvature) @ steps.T
    method, output = LastLayer(ridge=0.2, temperature=1.0), "negative-cross-entropy"
    scores = attribute(model, [model.state_dict()], (train, targets), method=method, output=output)[
        0
    ]
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("output", ["margin", "negative-cross-entropy"])
def test_grad_dot_is_how_far_one_small_step_raises_the_output(output):
    train, targets = cases.classification()
    model = cases.network().double()
    data = [(part[0].astype(np.float64), part[1]) for part in (train, targets)]
    scores = attribute(model, [model.state_dict()], data, method="grad-dot", output=output)[0]

    def outputs(module):
        logits = module(torch.as_tensor(data[1][0]))
        labels = torch.as_tensor(targets[1])[:, None]
        right = logits.gather(1, labels)
        others = logits.scatter(1, labels, -torch.inf) if output == "margin" else logits
        return (right - others.logsumexp(1, keepdim=True))[:, 0].detach().numpy()

    step = 1e-5
    for i in (0, 7):
        moved = cases.network().double()
        loss = nn.functional.cross_entropy(
            moved(torch.as_tensor(data[0][0][i : i + 1])), torch.as_tensor(train[1][i : i + 1])
        )
        loss.backward()
        with torch.no_grad():
            for parameter in moved.parameters():
                parameter -= step * parameter.grad
        gain = (outputs(moved) - outputs(model)) / step
        np.testing.assert_allclose(scores[:, i], gain, rtol=1e-3, atol=1e-3)


def test_grad_cos_is_grad_dot_between_unit_gradients():
    train, targets = cases.classification()
    model = cases.network()
    scores = attribute(model, [model.state_dict()], (train, targets), method="grad-cos")[0]
    assert np.abs(scores).max() <= 1 + 1e-5
    twice = attribute(model, [model.state_dict()], (train, train), method="grad-cos")[0]
    np.testing.assert_allclose(np.diag(twice), 1, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_training_examples_own_copy_among_the_targets_is_raised_most_by_it(method):
    (inputs, labels), _ = cases.classification(n=15, features=30)
    model = cases.network(features=30, hidden=8)
    scores = attribute(model, [model.state_dict()], [(inputs, labels)] * 2, method=method)[0]
    assert (np.diag(scores) > 0).all()
    if not isinstance(method, GradDot):  # a large gradient outweighs a like one there
        assert (scores.argmax(axis=1) == np.arange(15)).mean() > 0.6


@pytest.mark.parametrize("method", METHODS)
def test_groups_sum_the_scores_of_their_examples(method):
    data = cases.classification(n=40)  # more than features, for every method but trak
    groups = Groups(names=tuple("abcd"), members=np.arange(40) % 4)
    checkpoints = cases.states(2)
    single = attribute(cases.network(), checkpoints, data, method=method)
    grouped = attribute(cases.network(), checkpoints, data, method=method, groups=groups)
    np.testing.assert_allclose(grouped, groups.sums(single), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", [Trak(projection=16), *METHODS])
def test_groups_of_one_are_no_groups(method):
    data = cases.classification(n=20)
    groups = Groups(names=tuple(map(str, range(20))), members=np.arange(20))
    single = attribute(cases.network(), cases.states(1), data, method=method)
    grouped = attribute(cases.network(), cases.states(1), data, method=method, groups=groups)
    np.testing.assert_allclose(grouped, single, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_examples_does_not_matter(method):
    train, targets = cases.classification()
    order = np.random.default_rng(0).permutation(20)
    back = np.random.default_rng(1).permutation(7)
    checkpoints = cases.states(1)
    scores = attribute(cases.network(), checkpoints, (train, targets), method=method)
    shuffled = attribute(
        cases.network(), checkpoints,
        ((train[0][order], train[1][order]), (targets[0][back], targets[1][back])), method=method,
    )  # fmt: skip
    np.testing.assert_allclose(shuffled, scores[:, back][:, :, order], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", [Trak(projection=16), Trak(projection=8), *METHODS])
def test_the_size_of_blocks_does_not_matter(method, monkeypatch):
    data = cases.classification()
    whole = attribute(cases.network(), cases.states(1), data, method=method)
    monkeypatch.setattr("traindiff.attribution.network.LARGEST_BLOCK", 3)
    np.testing.assert_allclose(
        attribute(cases.network(), cases.states(1), data, method=method),
        whole,
        rtol=1e-3,
        atol=1e-4,
    )


def test_a_large_projection_gives_nearly_the_scores_of_none():
    data = cases.classification(n=30, features=200)
    model = cases.network(features=200, hidden=32)
    checkpoint = [model.state_dict()]
    exact = attribute(model, checkpoint, data, method=Trak(projection=10**6))
    near = attribute(model, checkpoint, data, method=Trak(projection=4000))
    far = attribute(model, checkpoint, data, method=Trak(projection=50))
    closeness = [np.corrcoef(exact.ravel(), other.ravel())[0, 1] for other in (near, far)]
    assert closeness[0] > 0.95
    assert closeness[0] > closeness[1] > 0.1


def test_a_lower_temperature_leaves_only_examples_that_are_not_yet_learned():
    train, targets = cases.classification()
    weights = np.random.default_rng(0).normal(size=(3, 4)) * 20
    model = cases.linear(weights)
    train = train[0], (train[0] @ weights.T).argmax(axis=1)  # all learned, some barely
    cold, warm = (
        attribute(model, [model.state_dict()], (train, targets), method=Trak(temperature=t))
        for t in (1.0, None)
    )
    shares = [np.sort(np.abs(s).sum(axis=(0, 1)))[::-1] for s in (cold, warm)]
    concentration = [share[:3].sum() / share.sum() for share in shares]
    assert concentration[0] > concentration[1]


@pytest.mark.parametrize("name", ["projection", "ridge", "temperature"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True])
def test_impossible_settings_are_refused(name, value):
    with pytest.raises(InputError, match=f"{name} must be a positive number"):
        replace(Trak(), **{name: value})


@pytest.mark.parametrize("method", [Trak(ridge=1e-12), Trak(ridge=1e-12, projection=40)])
def test_where_features_repeat_themselves_a_tiny_ridge_gives_finite_scores(method):
    (inputs, labels), targets = cases.classification(n=60)
    repeated = (np.repeat(inputs[:20], 3, axis=0), np.repeat(labels[:20], 3))
    scores = attribute(cases.network(), cases.states(1), (repeated, targets), method=method)
    assert np.isfinite(scores).all()


def test_last_layer_wants_a_model_that_ends_in_a_linear_layer():
    data = cases.classification()
    after = nn.Sequential(cases.network(), nn.Tanh())
    with pytest.raises(InputError, match="this one goes on after it"):
        attribute(after, [after.state_dict()], data, method="last-layer")
    model = nn.Sequential(nn.Unflatten(1, (1, 4)), nn.Conv1d(1, 3, 4), nn.Flatten())
    with pytest.raises(InputError, match=r"ends in a torch\.nn\.Linear"):
        attribute(model, [model.state_dict()], data, method="last-layer")


def test_last_layer_refuses_a_layer_too_large_to_solve():
    train, targets = cases.classification()
    model = cases.network(classes=3000)
    with pytest.raises(InputError, match="use 'trak'"):
        attribute(model, [model.state_dict()], (train, targets), method="last-layer")


def test_where_every_gradient_is_zero_every_score_is_zero():
    train, targets = cases.classification()
    model = cases.network()
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    blind = (np.zeros_like(train[0]), train[1]), (np.zeros_like(targets[0]), targets[1])
    model[2].bias.requires_grad_(False)
    for method in (Trak(), GradDot(), GradCos()):
        scores = attribute(model, [state], blind, method=method)
        np.testing.assert_array_equal(scores, 0)
