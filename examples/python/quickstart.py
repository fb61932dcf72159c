"""Arrays and one derivative: the same standardisation as examples/quickstart.c, and how its spread depends on the input."""

import adamant as ad

x = ad.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])
y = (x - ad.mean(x, axis=1, keepdims=True)) * 0.5  # nothing is computed yet
print(y)  # now it is


def spread(x):
    return ad.sum(ad.var(x, axis=1))


gradient = ad.grad(spread)(x)
print(gradient)
assert ad.allclose(gradient, (x - ad.mean(x, axis=1, keepdims=True)) * 2 / 3)
