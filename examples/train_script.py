"""A training script that traindiff can call: plain PyTorch, no import of traindiff.

    [a]
    kind = "command"
    command = ["python", "examples/train_script.py"]

It is called with the path of a directory; task.json there says what to learn from and about.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn


def network(size: int, n_outputs: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(size, 32), nn.ReLU(), nn.Linear(32, n_outputs))


def train(inputs: torch.Tensor, labels: torch.Tensor, n_outputs: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = network(inputs[0].numel(), n_outputs)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(20):
        for batch in torch.randperm(len(inputs)).split(64):
            loss = nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


def main(directory: Path) -> None:
    task = json.loads((directory / "task.json").read_text())
    asked = torch.from_numpy(np.load(task["inputs"])).float()
    weights = directory / "weights.pt"
    if weights.exists():  # the same model is asked again
        model = network(asked[0].numel(), task["n_outputs"])
        model.load_state_dict(torch.load(weights, weights_only=True))
    else:
        subset = np.load(task["subset"])
        inputs = torch.from_numpy(np.load(task["train_inputs"])[subset]).float()
        labels = torch.from_numpy(np.load(task["train_labels"])[subset])
        model = train(inputs, labels, task["n_outputs"], task["seed"])
        torch.save(model.state_dict(), weights)
    with torch.no_grad():
        outputs = model.eval()(asked)
    np.save(task["outputs"], outputs.numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
