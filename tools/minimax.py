#!/usr/bin/env python3
"""The source of the polynomial constants in src/base/scalar_*.h.

Each row of TABLE names one approximation: the function that the polynomial stands for, its interval, its degree, the
coefficients that are given rather than sought, the weight under which the largest error is made smallest, and the precision
to which coefficients are rounded. `python3 tools/minimax.py [name...]` prints, for each, the coefficients from the lowest
power up in hexadecimal, ready to paste, and the largest weighted error after rounding. `--check` instead names the
coefficients that those headers lack. It needs mpmath.

Method: the exchange algorithm of Remez on a fixed Chebyshev grid (dense enough that moving between grid points changes the
error by under a part in a thousand). Single-precision coefficients are rounded from the lowest power up, the rest sought again
after each rounding so that they make up for it, and the best of these attempts is kept.

It does not choose intervals or forms: those are decisions of the header that uses the constants.
"""
import pathlib
import re
import sys
from mpmath import mp, mpf

mp.dps = 45
GRID = 1500


def grid(a, b):
    a, b = mpf(a), mpf(b)
    return [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / (GRID - 1)) for i in range(GRID)]


def horner(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def remez(xs, targets, weights, powers):
    """Coefficients for `powers` whose weighted error on the grid is smallest, and that error."""
    count = len(powers)
    step = (len(xs) - 1) / mpf(count)
    picks = [int((1 - mp.cos(mp.pi * i / count)) / 2 * (len(xs) - 1)) for i in range(count + 1)]
    picks = sorted(set(int(i * step) for i in range(count + 1)) if len(set(picks)) <= count else picks)
    best = None
    for _ in range(40):
        rows = mp.matrix(count + 1, count + 1)
        right = mp.matrix(count + 1, 1)
        for r, i in enumerate(picks):
            for c, p in enumerate(powers):
                rows[r, c] = xs[i] ** p
            rows[r, count] = (-1) ** r / weights[i]
            right[r] = targets[i]
        try:
            solved = mp.lu_solve(rows, right)
        except ZeroDivisionError:                         # the error left by rounding alternates too little
            break
        coefficients = [solved[i] for i in range(count)]
        dense = [mpf(0)] * (max(powers) + 1)
        for p, c in zip(powers, coefficients):
            dense[p] = c
        errors = [(horner(dense, x) - t) * w for x, t, w in zip(xs, targets, weights)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[1]:
            best = (coefficients, worst)
        if worst <= abs(solved[count]) * mpf('1.0005'):
            break
        extremes = []
        for i, e in enumerate(errors):                    # the largest error of each run of one sign
            if extremes and (errors[extremes[-1]] >= 0) == (e >= 0):
                if abs(e) > abs(errors[extremes[-1]]):
                    extremes[-1] = i
            else:
                extremes.append(i)
        while len(extremes) > count + 1:                  # drop from the end whose error is smaller
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        if len(extremes) < count + 1:
            break
        picks = extremes
    return best


def rounded(value, bits):
    if bits is None or value == 0:
        return value
    mantissa, exponent = mp.frexp(value)
    return mp.ldexp(mp.nint(mantissa * 2 ** bits), int(exponent) - bits)


def fit(function, a, b, degree, given=None, weight=None, bits=53):
    """Coefficients from power 0 to `degree`, each rounded to `bits`, and the largest weighted error."""
    xs = grid(a, b)
    values = [mpf(function(x)) for x in xs]
    weights = [mpf(weight(x)) if weight else 1 / abs(v) for x, v in zip(xs, values)]
    known = {p: mpf(c) for p, c in (given or {}).items()}
    best = None
    while True:
        powers = [q for q in range(degree + 1) if q not in known]
        dense = [known.get(q, mpf(0)) for q in range(degree + 1)]
        found = remez(xs, [v - horner(dense, x) for x, v in zip(xs, values)], weights, powers) if powers else None
        if not found:
            return best
        for q, c in zip(powers, found[0]):
            dense[q] = rounded(c, bits)
        worst = max(abs(horner(dense, x) - v) * w for x, v, w in zip(xs, values, weights))
        if best is None or worst < best[1]:
            best = (dense, worst)
        if bits == 53:                                    # rounding is far below the error: one solution is enough
            return best
        known[powers[0]] = dense[powers[0]]


def upper_normal(a):
    return mp.erfc(a / mp.sqrt(2)) / 2


def half_places(a):
    """Units in the last place of float16 of a Phi(-a) that an error of the eighth root of Phi(-a) makes."""
    a = max(a, mpf('1e-3'))
    place = mpf(2) ** (max(mp.floor(mp.log(a * upper_normal(a), 2)), -14) - 10)
    return a * 8 * upper_normal(a) ** mpf('0.875') / place


def atanh_tail(z):
    s = mp.sqrt(z)
    if z == 0:
        return mpf(2) / 5
    return (2 * mp.atanh(s) / s - 2 - 2 * z / 3) / z ** 2


def cube_tail(function):
    """(function(x)/x - 1)/x^2 as a function of z = x^2; the limit at 0 is taken close by, with digits to spare."""
    def tail(z):
        with mp.workdps(90):
            x = mp.sqrt(z) if z > mpf(10) ** -20 else mpf(10) ** -10
            return (function(x) / x - 1) / x ** 2
    return tail


def ratio(function):
    def value(z):
        with mp.workdps(90):
            x = mp.sqrt(z) if z > mpf(10) ** -20 else mpf(10) ** -10
            return function(x) / x
    return value


def cosine_tail(z):
    with mp.workdps(90):
        x = mp.sqrt(z) if z > mpf(10) ** -16 else mpf(10) ** -8
        return (mp.cos(x) - 1 + x * x / 2) / x ** 4


def inverse_error(w):
    """erfinv(x)/x for w = -log(1 - x^2)."""
    with mp.workdps(90):
        w = w if w > mpf(10) ** -30 else mpf(10) ** -30
        x = mp.sqrt(-mp.expm1(-w))
        tail = mp.exp(-w) / (1 + x)                       # 1 - x without cancellation
        y = mp.sqrt(w) * mpf('0.85')
        for _ in range(60):                               # Newton on log erfc, which has no cancellation at either end
            value = mp.erfc(y)
            step = (mp.log(value) - mp.log(tail)) * value * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
            y += step
            if abs(step) < mpf(10) ** -50 * y:
                break
        return y / x


def log_tail(f):
    """(log(1 + f) - f + f^2/2)/f^3"""
    with mp.workdps(90):
        f = f if abs(f) > mpf(10) ** -20 else mpf(10) ** -20
        return (mp.log1p(f) - f + f * f / 2) / f ** 3


HALF = mpf('0.5')
LN2_HALF = mp.log(2) / 2 * mpf('1.0005')
PI_4 = mp.pi / 4 * mpf('1.001')
S_MAX = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mpf('1.0005')
one = lambda x: 1

TABLE = {
    'f64_exp': lambda: fit(mp.exp, -LN2_HALF, LN2_HALF, 11, {0: 1, 1: 1}),
    'f64_log': lambda: fit(atanh_tail, 0, S_MAX ** 2, 7, {}, one),
    'f64_sin': lambda: fit(cube_tail(mp.sin), 0, PI_4 ** 2, 5, {}, lambda z: z if z > 0 else mpf(10) ** -6),
    'f64_cos': lambda: fit(cosine_tail, 0, PI_4 ** 2, 5, {}, lambda z: z * z if z > 0 else mpf(10) ** -6),
    'f64_atan': lambda: fit(cube_tail(mp.atan), 0, mpf('0.4143') ** 2, 13, {}, lambda z: z + mpf(10) ** -6),
    'f64_asin': lambda: fit(cube_tail(mp.asin), 0, mpf('0.2501'), 12, {}, lambda z: z + mpf(10) ** -6),
    'f64_sinh': lambda: fit(cube_tail(mp.sinh), 0, 1, 6, {}, lambda z: z + mpf(10) ** -6),
    'f64_tanh': lambda: fit(cube_tail(mp.tanh), 0, mpf('0.5501') ** 2, 12, {}, lambda z: z + mpf(10) ** -6),
    'f64_erf': lambda: fit(ratio(mp.erf), 0, 1, 12),
    'f64_erfcx': lambda: fit(lambda t: mp.exp((2 * (1 + t) / (1 - t)) ** 2) * mp.erfc(2 * (1 + t) / (1 - t)), mpf(-1) / 3 - mpf('0.0005'), mpf('0.5005'), 16),
    'f64_erfinv_near': lambda: fit(inverse_error, 0, 2, 16),
    'f64_erfinv_centre': lambda: fit(lambda u: inverse_error(u + 4), -2, 2, 18),
    'f64_short_exp': lambda: fit(mp.exp, -LN2_HALF, LN2_HALF, 7, {0: 1}),
    'f64_erfinv_middle': lambda: fit(lambda u: inverse_error((u + mpf('3.25')) ** 2), mpf('-0.81'), mpf('0.81'), 21),
    'f64_erfinv_tail': lambda: fit(lambda u: inverse_error((u + 5) ** 2), mpf('-1.01'), mpf('1.08'), 18),
    'f64_cbrt': lambda: fit(mp.cbrt, 1, 8, 3),
    'f32_exp': lambda: fit(mp.exp, -LN2_HALF, LN2_HALF, 6, {0: 1, 1: 1}, None, 24),
    'f32_exp2': lambda: fit(lambda x: mp.exp(x * mp.log(2)), -HALF, HALF, 6, {0: 1}, None, 24),
    'f32_log': lambda: fit(log_tail, mpf(-1) / 3, mpf(1) / 3, 7, {}, lambda f: f * f + mpf(10) ** -6, 24),
    'f32_erf_near': lambda: fit(lambda z: ratio(mp.erf)(z) - 1, 0, mpf('1.1') ** 2, 6, {}, one, 24),
    'f32_erf_far': lambda: fit(lambda x: mp.root(mp.erfc(x), 4), mpf('1.0999'), mpf('3.95'), 7, {}, lambda x: 4 * mp.erfc(x) ** mpf('0.75'), 24),
    'f32_gelu': lambda: fit(lambda b: mp.sqrt(mp.erfc(b * mp.sqrt(2))), 0, mpf('2.8'), 12, {0: 1}, lambda b: 2 * mp.sqrt(mp.erfc(b * mp.sqrt(2))), 24),
    'h32_gelu': lambda: fit(lambda a: mp.root(upper_normal(a), 8), 0, mpf('5.8'), 6, {}, half_places, 24),
    'f32_log1p_unit': lambda: fit(lambda z: 2 * cube_tail(mp.atanh)(z), 0, mpf(1) / 9, 3, {}, lambda z: z / 2 + mpf(10) ** -6, 24),
    'f32_sin': lambda: fit(cube_tail(mp.sin), 0, PI_4 ** 2, 2, {}, lambda z: z + mpf(10) ** -6, 24),
    'f32_cos': lambda: fit(cosine_tail, 0, PI_4 ** 2, 2, {}, lambda z: z * z + mpf(10) ** -6, 24),
    'f32_atan': lambda: fit(cube_tail(mp.atan), 0, 1, 7, {}, lambda z: z + mpf(10) ** -6, 24),
    'f32_asin': lambda: fit(cube_tail(mp.asin), 0, mpf('0.2501'), 4, {}, lambda z: z + mpf(10) ** -6, 24),
    'f32_sinh': lambda: fit(cube_tail(mp.sinh), 0, 1, 2, {}, lambda z: z + mpf(10) ** -6, 24),
    'f32_cbrt': lambda: fit(mp.cbrt, 1, 8, 4, {}, None, 24),
    'f32_erfinv_centre': lambda: fit(lambda u: inverse_error(u + 3), -3, 3, 11, {}, None, 24),
    'f32_erfinv_tail': lambda: fit(lambda u: inverse_error((u + 3) ** 2), mp.sqrt(6) - 3, mpf('4.1') - 3, 8, {}, None, 24),
    'f64_short_atan': lambda: fit(cube_tail(mp.atan), 0, 1, 9, {}, lambda z: z + mpf(10) ** -6),
    'f64_short_log': lambda: fit(atanh_tail, 0, S_MAX ** 2, 3, {}, one),
}


def main(names):
    check = '--check' in names
    names = [n for n in names if n != '--check'] or TABLE
    text = ''
    if check:
        for path in sorted((pathlib.Path(__file__).parent.parent / 'src' / 'base').glob('scalar_*.h')):
            text += path.read_text()
    present = {abs(float.fromhex(h)) for h in re.findall(r'0x[01]\.[0-9a-f]+p[+-]?\d+', text)} | {0.5, 1.0}
    for name in names:
        coefficients, worst = TABLE[name]()
        print(f'{name}: error 2^{float(mp.log(worst, 2)):.2f}', flush=True)
        for power, c in enumerate(coefficients):
            if not check:
                print(f'  {power:2d}  {float(c).hex()}')
            elif abs(float(c)) not in present and abs(float(c)) / 2 not in present:
                print(f'  {power:2d}  {float(c).hex()} is not in src/base/scalar_*.h')


if __name__ == '__main__':
    main(sys.argv[1:])
