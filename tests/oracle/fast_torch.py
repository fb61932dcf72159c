"""PyTorch against attention, layer_norm and cross-entropy, values and gradients, as tests/ops/fast_random.c left them in fast.npz."""
import math
import os
import sys

import numpy as np

OUT = os.environ.get("AD_TEST_OUT", "/tmp")
PATH = os.path.join(OUT, "fast.npz")


def attention(torch, part):
    q, k, v = part["q"], part["k"], part["v"]
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    scores = 0.7 * q @ k.transpose(-1, -2)
    mask = part.get("mask")
    if mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask, -math.inf)
    elif mask is not None:
        scores = scores + mask
    if part["name"] == "attention_causal":
        t, s = scores.shape[-2:]
        scores = scores.masked_fill(~torch.ones(t, s, dtype=torch.bool).tril(s - t), -math.inf)
    return torch.softmax(scores, -1) @ v


def layer_norm(torch, part):
    return torch.nn.functional.layer_norm(part["x"], part["weight"].shape, part["weight"], part["bias"], 1e-5)


def entropy(torch, part):
    return torch.nn.functional.cross_entropy(part["x"], part["targets"], reduction="none", label_smoothing=0.1)


COMPUTE = {"layer_norm": layer_norm, "entropy": entropy}


def check(torch, name, files):
    part = {"name": name}
    for key in files:
        group, _, item = key.partition(".")
        if group == name:
            part[item] = torch.from_numpy(files[key].astype("float64") if files[key].dtype == "float32" else files[key])
    inputs = [k for k in part if "d_" + k in part]
    for k in inputs:
        part[k].requires_grad_(True)
    y = COMPUTE.get(name, attention)(torch, part)
    y.backward(part["ct"])
    pairs = [("y", y, part["y"])] + [("d_" + k, part[k].grad, part["d_" + k]) for k in inputs]
    wrong = ["%s is off by %g" % (what, (want - got).abs().max()) for what, want, got in pairs
             if not bool(((want - got).abs() <= 2e-5 * (1 + want.abs())).all())]
    print("%s %s%s" % ("not ok" if wrong else "ok", name, ": " + ", ".join(wrong) if wrong else ""))
    return not wrong


def main():
    try:
        import torch
    except ImportError:
        print("SKIP: PyTorch is not installed")
        return
    if not os.path.exists(PATH):
        sys.exit("%s is missing: the test program has not run" % PATH)
    files = np.load(PATH)
    names = sorted({key.partition(".")[0] for key in files.files})
    sys.exit(0 if all([check(torch, name, files) for name in names]) else 1)


main()
