"""Fits a damped oscillation to noisy samples: value_and_grad of a function of a dict, Gauss-Newton steps from its Jacobian."""

import adamant as ad

TRUE = {"height": 1.5, "decay": 0.35, "rate": 2.2, "phase": 0.4}


def curve(p, t):
    return p["height"] * ad.exp(-p["decay"] * t) * ad.cos(p["rate"] * t + p["phase"])


def main():
    ad.random.seed(1)
    t = ad.linspace(0, 8, 200, dtype=ad.float64)
    samples = curve(TRUE, t) + 0.05 * ad.random.normal(t.shape, dtype=ad.float64)

    def loss(p):
        return ad.mean(ad.square(curve(p, t) - samples))

    # A step solves (J^T J) d = J^T r for the residuals r and their derivatives J by the parameters.
    p = {name: ad.array(start, dtype=ad.float64) for name, start in [("height", 1.0), ("decay", 0.2), ("rate", 2.0), ("phase", 0.0)]}
    for step in range(12):
        value, slope = ad.value_and_grad(loss)(p)
        steepest = max(abs(g.item()) for g in slope.values())
        print("step %2d  loss %.6f  steepest %.2e" % (step, value.item(), steepest))
        if steepest < 1e-9:
            break
        jacobian = ad.stack(list(ad.jacobian(lambda q: curve(q, t))(p).values()), axis=1)
        residual = curve(p, t) - samples
        d = ad.linalg.solve(jacobian.T @ jacobian, jacobian.T @ residual)
        p = {name: p[name] - d[i] for i, name in enumerate(p)}

    for name, true in TRUE.items():
        print("%-6s %7.4f  (true %7.4f)" % (name, p[name].item(), true))
        assert abs(p[name].item() - true) < 0.05, name


main()
