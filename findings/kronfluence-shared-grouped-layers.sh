#!/usr/bin/env bash
# kronfluence 1.0.1 with torch 2.13.0: influence of layers that are used twice, or convolve in groups.
# Expected: with a damping far above the curvature, influence scores times the damping are the products of
# the gradients of measurement and training loss, for every layer that the task names.
# Seen: so they are for a Linear that is called once and for a plain Conv2d (to 1e-4). For a Linear that
# is called twice for an example, and for a Conv2d with groups, they are off by more than a twentieth of
# the largest, without a word.
# Why it matters: shared and grouped layers are common (tied blocks, depthwise convolutions), and the
# scores of a network that has one look like any others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.13.0 numpy==2.4.6 kronfluence==1.0.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from torch import nn
from torch.nn import functional
from torch.utils.data import TensorDataset

DAMPING = 1e6


class Net(nn.Module):
    def __init__(self, layer, calls=1):
        super().__init__()
        self.layer, self.calls, self.head = layer, calls, nn.Linear(8, 3)

    def forward(self, inputs):
        for _ in range(self.calls):
            inputs = torch.tanh(self.layer(inputs))
        return self.head(inputs.flatten(1))


class Explained(Task):
    def get_influence_tracked_modules(self):
        return ["layer"]

    def compute_train_loss(self, batch, model, sample=False):
        outputs, labels = model(batch[0]), batch[1]
        if sample:
            labels = torch.multinomial(outputs.detach().softmax(-1), 1).flatten()
        return functional.cross_entropy(outputs, labels, reduction="sum")

    def compute_measurement(self, batch, model):
        return functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")


def gradients(net, inputs, labels):
    rows = []
    for each, label in zip(inputs, labels):
        loss = functional.cross_entropy(net(each[None]), label[None])
        found = torch.autograd.grad(loss, list(net.layer.parameters()))
        rows.append(torch.cat([one.flatten() for one in found]))
    return torch.stack(rows)


def error(name, net, shape):
    """Return the largest difference from the products of gradients, as a share of the largest."""
    inputs, labels = torch.randn(20, *shape), torch.randint(0, 3, (20,))
    exact = gradients(net, inputs, labels)
    exact = (exact @ exact.T).detach()
    task, data = Explained(), TensorDataset(inputs, labels)
    analyzer = Analyzer(
        analysis_name=name, model=prepare_model(net, task), task=task, cpu=True, disable_tqdm=True,
        disable_model_save=True,
    )
    analyzer.fit_all_factors(
        "factors", data, per_device_batch_size=20, factor_args=FactorArguments(strategy="ekfac")
    )
    analyzer.compute_pairwise_scores(
        "scores", factors_name="factors", query_dataset=data, train_dataset=data,
        per_device_query_batch_size=20, per_device_train_batch_size=20,
        score_args=ScoreArguments(damping_factor=DAMPING),
    )
    scores = analyzer.load_pairwise_scores("scores")["all_modules"].float() * DAMPING
    return float((scores - exact).abs().max() / exact.abs().max())


torch.manual_seed(0)
found = {
    "Linear, called once": error("once", Net(nn.Linear(8, 8)), (8,)),
    "Linear, called twice": error("twice", Net(nn.Linear(8, 8), calls=2), (8,)),
    "Conv2d": error("plain", Net(nn.Conv2d(2, 2, 3, padding=1)), (2, 2, 2)),
    "Conv2d, groups=2": error("groups", Net(nn.Conv2d(2, 2, 3, padding=1, groups=2)), (2, 2, 2)),
}
for name, value in found.items():
    print(f"{name}: off by {value:.2g} of the largest")
assert found["Linear, called once"] < 1e-4 and found["Conv2d"] < 1e-4
assert found["Linear, called twice"] > 0.05, "behaviour has changed"
assert found["Conv2d, groups=2"] > 0.05, "behaviour has changed"
PYTHON
