#!/usr/bin/env bash
# safetensors 0.8.0: one and the same tensors with one and the same metadata, saved again and again.
# Expected: equal files, so that a hash of the file tells whether the weights are the same.
# Seen: the order of the metadata's keys in the header changes from save to save, and so do the bytes.
# Why it matters: an identity taken from the file calls equal weights different, and trains again.
# A hash of the tensors themselves does not change.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import hashlib

import numpy as np
from safetensors.numpy import load, save

tensors = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.zeros(2, np.float32)}
metadata = {"format": "pt", "epoch": "3", "recipe": "plain", "seed": "0"}
files = [save(tensors, metadata=metadata) for _ in range(60)]
hashes = {hashlib.sha256(data).hexdigest() for data in files}
contents = {load(data)["weight"].tobytes() + load(data)["bias"].tobytes() for data in files}
print(f"{len(files)} saves: {len(hashes)} different files, {len(contents)} different contents")
assert len(contents) == 1
assert len(hashes) > 1, "behaviour has changed"
PYTHON
