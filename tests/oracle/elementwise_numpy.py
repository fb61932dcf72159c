"""Recomputes with NumPy what tests/ops/elementwise_random.c wrote to $AD_TEST_OUT.

Integers, booleans and exact operations must agree to the bit; functions of float32 are compared with NumPy in float64 to
4 units in the last place of float32, those of float64 to 4 of float64, half types to 1 of theirs.  Complex numbers to a
relative error of 16 roundings.
"""
import collections
import math
import os
import sys

import numpy as np

np.seterr(all='ignore')
folder = os.environ.get('AD_TEST_OUT') or os.environ.get('RUN_OUT') or 'build/test/out'
table = os.path.join(folder, 'elementwise.txt')
if not os.path.exists(table):
    print('SKIP: elementwise_numpy: %s is missing; tests/ops/elementwise_random writes it' % table)
    sys.exit(0)
blob = np.fromfile(os.path.join(folder, 'elementwise.bin'), np.uint8)

erf = np.vectorize(math.erf, otypes=[np.float64])
# Expressions for ops whose NumPy spelling is missing or computes something else on integers.
HELPERS = {}                                       # functions that printed NumPy carries along
exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/emit/numpy_helpers.py')).read(), HELPERS)
BY_HAND = {
    'logaddexp': lambda a, b: np.log1p(np.exp(np.minimum(a, b) - np.maximum(a, b))) + np.maximum(a, b) if a.dtype.kind == 'c' else np.logaddexp(a, b),
    'sign': lambda a: a if a.dtype == bool else np.where(a == 0, a, a / np.abs(a)) if a.dtype.kind == 'c' else np.sign(a),
    'erf': lambda a: erf(a),
    'erfinv': lambda a: HELPERS['erfinv'](np.asarray(a)),
    'gelu': lambda a: np.where(a < -39, -0.0, a / 2 * (1 + erf(a / math.sqrt(2)))),
    'gelu_approx': lambda a: np.where(a < -39, -0.0, a / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a ** 3)))),
    'silu': lambda a: np.where(a == -np.inf, -0.0, a / (1 + np.exp(-a))),
}
LOOSE = {'gelu', 'gelu_approx', 'gelu_fast_approx', 'mish', 'silu', 'erfinv', 'logaddexp'}      # absolute near their zeros
ROUNDINGS = {'hardswish': 4}                       # composites whose every step is rounded to a half type
STORED = {'bool': 'u1', 'bfloat16': 'u2'}
EPS = {'float16': 2.0 ** -10, 'bfloat16': 2.0 ** -7, 'float32': 2.0 ** -23, 'float64': 2.0 ** -52}
TINY = {'float16': 2.0 ** -24, 'bfloat16': 2.0 ** -133, 'float32': 2.0 ** -149, 'float64': 2.0 ** -1074}
LEAST_NORMAL = {'float16': 2.0 ** -14, 'bfloat16': 2.0 ** -126, 'float32': 2.0 ** -126, 'float64': 2.0 ** -1022}
LARGEST = {'float16': 65504.0, 'bfloat16': 3.3895313892515355e38, 'float32': 3.4028234663852886e38, 'float64': 1.797e308}


def load(part):
    dtype, rest = part.split(' ', 1)
    shape, offset = rest.rsplit(' ', 1)
    shape, offset = eval(shape), int(offset)
    kind = np.dtype(STORED.get(dtype, dtype))
    count = int(np.prod(shape, dtype=np.int64))
    a = blob[offset:offset + count * kind.itemsize].view(kind)
    if dtype == 'bool':
        a = a.astype(bool)
    if dtype == 'bfloat16':
        a = (a.astype(np.uint32) << 16).view(np.float32)
    return dtype, a.reshape(shape)


def widen(dtype, a, out):
    """Floats one size up, so that NumPy's own error does not count; integers as the op takes them."""
    if dtype in ('float16', 'bfloat16', 'float32'):
        return a.astype(np.float64)
    if dtype == 'complex64':
        return a.astype(np.complex128)
    if dtype in ('float64', 'complex128'):
        return a.astype(np.longdouble if dtype == 'float64' else np.clongdouble)
    if out in EPS and a.dtype.kind in 'bui':       # computed in float32
        return a.astype(np.float32).astype(np.float64)
    if out.startswith('complex') and a.dtype.kind in 'bui':
        return a.astype(np.float32)
    return a


def expected(op, text, arrays):
    if op in BY_HAND:
        return BY_HAND[op](*arrays)
    if op in ('floor', 'ceil', 'trunc', 'rint') and arrays[0].dtype.kind in 'bui':
        return arrays[0]
    if op == 'power' and arrays[0].dtype.kind in 'iu':
        a, b = arrays
        safe = np.where(b < 0, np.zeros_like(b), b)
        return np.where(b < 0, np.zeros_like(a), np.power(a, safe))
    if op in ('left_shift', 'right_shift'):
        a, b = np.broadcast_arrays(*(x.astype(np.uint8) if x.dtype == bool else x for x in arrays))
        inside = (b >= 0) & (b < 8 * a.dtype.itemsize)
        shifted = (a << np.where(inside, b, 0).astype(a.dtype)) if op == 'left_shift' else (a >> np.where(inside, b, 0).astype(a.dtype))
        beyond = np.where((a < 0) & (op == 'right_shift'), -1, 0).astype(a.dtype)
        return np.where(inside, shifted, beyond)
    return eval(text, {'np': np}, {'_%d' % i: a for i, a in enumerate(arrays)})


def check(op, out, got, want, inputs):
    if out not in EPS and not out.startswith('complex'):
        return got == want.astype(got.dtype), 'values'
    if out.startswith('complex'):
        size = np.abs(want)
        limit = 16 * EPS['float32' if out == 'complex64' else 'float64'] * np.where(np.isfinite(size), size + 1e-30, 1)
        if op == 'power':                             # an error of the logarithm counts as often as the exponent says
            limit = limit * (1 + np.abs(inputs[1][1]) * np.abs(np.log(np.abs(inputs[0][1]) + 1e-30)))
        close = (np.abs(got - want) <= limit) | (got == want) | (np.isnan(got) & np.isnan(want))
        return close | ~np.isfinite(want) | (size > 1e37), 'values'
    got = got.astype(np.longdouble)
    want = want.astype(np.longdouble)
    ulp = np.maximum(np.abs(want), LEAST_NORMAL[out]) * EPS[out]
    limit = {'float16': 1.01, 'bfloat16': 1.01}.get(out, 4) * ulp + TINY[out] * 2
    if out.endswith('float16'):
        limit = limit * ROUNDINGS.get(op, 1)
    if op in LOOSE:
        limit = limit + 4 * EPS['float64' if out == 'float64' else 'float32'] * (1 + np.abs(inputs[0][1].astype(np.float64)))
    if op == 'log1p' or op == 'expm1' or out == 'float64':
        limit = limit * 1.5
    overflow = np.abs(want) >= LARGEST[out] * (1 - EPS[out])
    close = (np.abs(got - want) <= limit) | (got == want) | (np.isnan(got) & np.isnan(want)) | overflow & (np.abs(got) >= LARGEST[out] * 0.99)
    zeros = (got == 0) & (want == 0) & (np.signbit(got) != np.signbit(want))
    if op in ('add', 'subtract', 'multiply', 'divide', 'floor_divide', 'remainder', 'sqrt', 'negative', 'floor', 'ceil', 'trunc', 'rint', 'copysign', 'sin', 'tan', 'tanh', 'sinh', 'arctan2', 'nextafter') and np.any(zeros):
        return ~zeros, 'the sign of a zero'
    return close, 'values'


bad = collections.Counter()
calls = collections.Counter()
for line in open(table):
    op, text, out, *rest = line.rstrip('\n').split('\t')
    out, got = load(out)
    inputs = [load(part) for part in rest]
    if not text and op not in BY_HAND:
        continue
    exact = op in ('nextafter',) or (op == 'where')
    # The oracle promotes as the library does only where NumPy agrees, hence operands of one dtype.
    half = {'float16', 'bfloat16'} & {d for d, _ in inputs}
    arrays = [a if exact else widen(d, a, out) for d, a in inputs]
    if op == 'nextafter' and 'bfloat16' in half:
        continue
    if exact and op == 'nextafter':
        arrays = [a if a.dtype.kind == 'f' else a.astype(np.float32) for a in arrays]
    want = np.asarray(expected(op, text, arrays))
    calls[op] += 1
    if got.shape != want.shape:
        ok, what = np.zeros(got.shape, bool), 'shape %s, NumPy %s' % (got.shape, want.shape)
    else:
        ok, what = check(op, out, got, want, inputs)
    if not np.all(ok):
        bad[op] += 1
        if bad[op] <= 2:
            with np.printoptions(threshold=20, precision=17):
                index = np.flatnonzero(~ok)[:4]
                full = [np.broadcast_to(a, got.shape).ravel()[index] for _, a in inputs]
                print('  %s of %s: %s differ: in %s got %s want %s' % (op, inputs[-1][0], what, full, got.ravel()[index], want.ravel()[index]))
for op in calls:
    print('%s elementwise_%s (%d calls%s)' % ('not ok' if bad[op] else 'ok', op, calls[op], ', %d wrong' % bad[op] if bad[op] else ''))
sys.exit(1 if bad else 0)
