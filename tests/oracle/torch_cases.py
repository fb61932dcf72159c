"""PyTorch against what tests/ops/*.c left with tests/ops/torch_cases.h: each line of torch_NAME.txt is an expression over the
inputs of torch_NAME.npz that must give its outputs, up to rounding. Skipped aloud where PyTorch is not installed."""
import glob
import os
import sys

import numpy as np

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("SKIP: torch_cases: PyTorch is not installed")
    sys.exit(0)

OUT = os.environ.get("AD_TEST_OUT", "/tmp")


def first(x):
    """Channels from the end behind the batch axis."""
    return x.movedim(-1, 1)


def last(y):
    return y.movedim(1, -1)


def gradients(f, *xs):
    """Of a scalar by every argument."""
    xs = [x.clone().requires_grad_() for x in xs]
    return [g.detach() for g in torch.autograd.grad(f(*xs), xs)]


def recurrence(xs, w):
    h, total = torch.zeros(2, 3), 0.0
    for x in xs:
        h = torch.tanh(h @ w + x)
        total = total + (h**2).sum()
    return total


def failures(path):
    arrays, wrong = np.load(path[:-4] + ".npz"), []
    for k, line in enumerate(open(path)):
        part = lambda kind: [arrays["%d.%s%d" % (k, kind, i)] for i in range(sum(n.startswith("%d.%s" % (k, kind)) for n in arrays.files))]
        names = dict(zip("abcdefgh", [torch.from_numpy(np.array(a.astype(np.int64) if a.dtype == np.uint32 else a)) for a in part("in")]))
        got = eval(line, dict(globals(), **names))
        got = got if isinstance(got, (tuple, list)) else [got]
        wants = part("out")
        if len(got) != len(wants):
            wrong.append("%s: %d results, ours %d" % (line.strip(), len(got), len(wants)))
        for y, want in zip(got, wants):
            y = y.numpy()
            if y.shape != want.shape:
                wrong.append("%s: shape %s, ours %s" % (line.strip(), y.shape, want.shape))
            elif not np.allclose(y.astype(np.float64), want.astype(np.float64), rtol=2e-5, atol=2e-5, equal_nan=True):
                off = np.abs(y.astype(np.float64) - want)
                wrong.append("%s: off by %g at %s" % (line.strip(), np.nanmax(off), np.unravel_index(np.nanargmax(off), off.shape)))
    return wrong


def main():
    bad = 0
    for path in sorted(glob.glob(os.path.join(OUT, "torch_*.txt"))):
        wrong = failures(path)
        for line in wrong:
            print("  " + line)
        print(("not ok " if wrong else "ok ") + os.path.basename(path)[:-4])
        bad += bool(wrong)
    sys.exit(1 if bad else 0)


main()
