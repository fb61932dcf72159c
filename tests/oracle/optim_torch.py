"""PyTorch's optimisers on the gradients of tests/nn/optim_help.h, against what tests/nn/optimisers_peer.c left in optimisers.npz."""
import math
import os
import sys

import numpy as np

PATH = os.path.join(os.environ.get("AD_TEST_OUT", "/tmp"), "optimisers.npz")
MAKE = {
    "sgd": lambda t, p: t.SGD(p, lr=0.1),
    "momentum": lambda t, p: t.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "nesterov": lambda t, p: t.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda t, p: t.RMSprop(p, lr=0.1),
    "adagrad": lambda t, p: t.Adagrad(p, lr=0.1, eps=1e-8),
    "adadelta": lambda t, p: t.Adadelta(p, lr=0.1),
    "adam": lambda t, p: t.Adam(p, lr=0.1),
    "adamw": lambda t, p: t.AdamW(p, lr=0.1),
}


def main():
    try:
        import torch
    except ImportError:
        print("SKIP: no PyTorch for this Python")
        return
    if not os.path.exists(PATH):
        sys.exit("%s is missing: the test program has not run" % PATH)
    files, failed = np.load(PATH), False
    for name, make in MAKE.items():
        ours = files[name]
        p = torch.tensor([((i * 7 % 11) - 5) / 4 for i in range(ours.shape[1])], dtype=torch.float64, requires_grad=True)
        optimiser, far = make(torch.optim, [p]), 0.0
        for step, want in enumerate(ours):
            p.grad = torch.tensor([math.sin(1.7 * i + 0.9 * step) + 0.1 for i in range(len(want))], dtype=torch.float64)
            optimiser.step()
            far = max(far, float(np.abs(p.detach().numpy() - want).max()))
        failed |= far > 1e-7
        print("%s %s%s" % ("not ok" if far > 1e-7 else "ok", name, ": off by %g" % far if far > 1e-7 else ""))
    sys.exit(failed)


main()
