#!/usr/bin/env bash
# torch 2.13.0: torch.func.vmap over stacked Embedding weights with padding_idx.
# Expected: the gradient of the padding row is 0 for every weight of the stack, as it is for one alone.
# Seen: it is 0 for the first weight only; the others get the gradient that padding_idx should stop.
# Why it matters: models that are trained together in one vmap call move their padding rows, all but the
# first, and so differ from the same models trained one at a time, without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch import nn
from torch.func import functional_call, vmap

torch.manual_seed(0)
embedding = nn.Embedding(5, 3, padding_idx=0)
tokens = torch.tensor([[0, 1, 2], [0, 3, 0], [4, 0, 1]])


def total(weight, ids):
    return functional_call(embedding, {"weight": weight}, (ids,)).sum()


together = torch.stack([embedding.weight.detach()] * 3).requires_grad_()
vmap(total)(together, tokens).sum().backward()
alone = []
for ids in tokens:
    weight = embedding.weight.detach().clone().requires_grad_()
    total(weight, ids).backward()
    alone.append(weight.grad)
padding_together = together.grad[:, 0, 0].tolist()
padding_alone = [grad[0, 0].item() for grad in alone]
print("gradient of the padding row, alone:   ", padding_alone)
print("gradient of the padding row, together:", padding_together)
rest = all(torch.equal(together.grad[i, 1:], alone[i][1:]) for i in range(3))
assert padding_alone == [0.0, 0.0, 0.0]
assert padding_together == [0.0, 2.0, 1.0], "behaviour has changed"
assert rest, "the other rows agree"
PYTHON
