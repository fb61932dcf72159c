"""Functions that NumPy lacks and emitted NumPy code calls. Each is carried, as text, into the files that need it.

Every top-level function stands for itself or names others of this file, which are then carried along.
"""
import math

import numpy as np


def erf(x):
    """The error function."""
    return np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype)


def erfinv(x):
    """The inverse of the error function: Winitzki's approximation of 2008, then three of Halley's steps on the complement."""
    with np.errstate(all='ignore'):
        y = np.asarray(np.abs(x), np.float64)
        u = np.log1p(-y * y)
        v = 2 / (math.pi * 0.147) + u / 2
        r = np.sqrt(np.sqrt(v * v - u / 0.147) - v)
        for _ in range(3):
            e = ((1 - y) - np.vectorize(math.erfc, otypes=[np.float64])(r)) * (math.sqrt(math.pi) / 2) * np.exp(r * r)
            r = r - e / (1 + r * e)
        r = np.where(y == 1, np.inf, np.where(y == 0, 0, r))
    return np.copysign(r, x).astype(x.dtype)


def softmax(x, axes=None):
    """exp(x) divided by its sum over the axes."""
    e = np.exp(x - np.max(x, axis=axes, keepdims=True)) if np.size(x) else x
    return e / np.sum(e, axis=axes, keepdims=True)


def log_softmax(x, axes=None):
    """The logarithm of softmax."""
    x = x - np.max(x, axis=axes, keepdims=True) if np.size(x) else x
    return x - np.log(np.sum(np.exp(x), axis=axes, keepdims=True))


def glu(x, axis):
    """The first half of x along an axis, times the sigmoid of the second."""
    a, gate = np.split(x, 2, axis)
    return a / (1 + np.exp(-gate))


def reduced(losses, how):
    """Losses as they are, their mean or their sum."""
    return losses if how == 'none' else np.mean(losses) if how == 'mean' else np.sum(losses)


def smooth_l1_loss(x, t, beta, how):
    """A parabola up to beta, a line beyond."""
    e = np.abs(x - t)
    return reduced(np.where(e <= beta, e * e / (2 * beta or 1), e - beta / 2), how)


def huber_loss(x, t, delta, how):
    """A parabola up to delta, a line beyond."""
    e = np.abs(x - t)
    return reduced(np.where(e <= delta, e * e / 2, delta * (e - delta / 2)), how)


def binary_cross_entropy(x, t, weights, probabilities, how):
    """Of logits or probabilities."""
    if probabilities:
        loss = -t * np.maximum(np.log(x), -100) - (1 - t) * np.maximum(np.log1p(-x), -100)
    else:
        loss = np.logaddexp(x, 0) - x * t
    return reduced(loss if weights is None else loss * weights, how)


def gaussian_nll_loss(x, t, v, full, eps, how):
    """Minus the logarithm of a normal density."""
    v = np.maximum(v, eps)
    return reduced((np.log(v) + np.square(x - t) / v + (math.log(2 * math.pi) if full else 0)) / 2, how)


def nll_loss(x, t, axis, how):
    """Minus the element of each row that t names."""
    return reduced(-np.squeeze(np.take_along_axis(x, np.expand_dims(t.astype(np.int64), axis), axis), axis), how)


def cross_entropy(x, t, weights, axis, smoothing, how):
    """Of rows of logits with classes or probabilities."""
    logs = log_softmax(x, (axis,))
    if t.dtype.kind == 'f':
        p = t
    else:
        classes = np.arange(x.shape[axis]).reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])
        p = np.expand_dims(t, axis) == classes
    loss = -np.sum(((1 - smoothing) * p + smoothing / x.shape[axis]) * logs, axis=axis)
    return reduced(loss if weights is None else loss * weights, how)


def cosine_similarity_loss(x, y, axis, eps, how):
    """The cosine of the angle between vectors along an axis."""
    lengths = np.sqrt(np.sum(x * x, axis=axis) * np.sum(y * y, axis=axis))
    return reduced(np.sum(x * y, axis=axis) / np.maximum(lengths, eps), how)


def triplet_loss(a, near, far, axis, p, margin, eps, how):
    """How much nearer the far ones are than they should be."""
    d = [np.power(np.sum(np.abs(a - b) ** p, axis=axis) + eps, 1 / p) for b in (near, far)]
    return reduced(np.maximum(d[0] - d[1] + margin, 0), how)


def pad_between(x, value, low, high, interior):
    """x with elements of one value before, behind and between its own."""
    gaps = [max(n - 1, 0) * i for n, i in zip(x.shape, interior)]
    out = np.full([l + n + g + h for l, n, g, h in zip(low, x.shape, gaps, high)], value, x.dtype)
    out[tuple(slice(l, l + n + g, i + 1) for l, n, g, i in zip(low, x.shape, gaps, interior))] = x
    return out


def put_along_axis(x, indices, values, axis):
    """A copy of x with values written at the indices along an axis."""
    out = x.copy()
    np.put_along_axis(out, indices.astype(np.int64), values, axis)
    return out


def places(shape, index, axes, sizes, at, batch, outside):
    """One index array for each axis of an array, and which places count."""
    index = np.broadcast_arrays(*[i.astype(np.int64) for i in index])
    extra = index[0].ndim - batch
    kept = [k for k in range(batch, len(shape)) if sizes or k not in axes]
    order = list(range(batch)) + kept[:at] + [None] * extra + kept[at:]
    line = lambda k, n: np.arange(n).reshape([n if k == other else 1 for other in order])
    where, inside = [], True
    for k, n in enumerate(shape):
        if k not in axes:
            where.append(line(k, n))
            continue
        j = axes.index(k)
        first, most = index[j], n - (sizes[j] if sizes else 1)
        first = np.where(first < 0, first + n, first)
        dims = first.shape[:batch] + (1,) * at + first.shape[batch:] + (1,) * (len(order) - batch - at - extra)
        first = first.reshape(dims)
        inside = inside & (first >= 0) & (first <= most)
        first = np.clip(first, 0, max(most, 0))
        where.append(first + line(k, sizes[j]) if sizes else first)
    return tuple(np.broadcast_arrays(*where)), inside


def gather(x, index, axes, sizes=None, at=0, batch=0, outside='clamp'):
    """The elements of x at the places that the index arrays name."""
    where, inside = places(x.shape, index, axes, sizes, at, batch, outside)
    y = x[where] if x.size else np.zeros(where[0].shape, x.dtype)
    return np.where(inside, y, np.zeros((), x.dtype)) if outside == 'zero' else y


def scatter_with(change, x, updates, index, axes, sizes, at, batch, outside):
    """A copy of x, changed at the places that the index arrays name."""
    where, inside = places(x.shape, index, axes, sizes, at, batch, outside)
    counts = np.broadcast_to(inside | (outside == 'clamp'), where[0].shape)
    out = x.copy()
    change(out, tuple(i[counts] for i in where), np.broadcast_to(updates, where[0].shape)[counts])
    return out


def scatter(x, updates, index, axes, sizes=None, at=0, batch=0, outside='drop'):
    """x with updates in place of the elements; the last one wins."""
    def put(out, where, values):
        for n, value in enumerate(values):
            out[tuple(i[n] for i in where)] = value
    return scatter_with(put, x, updates, index, axes, sizes, at, batch, outside)


def scatter_add(x, updates, index, axes, sizes=None, at=0, batch=0, outside='drop'):
    """x with updates added to the elements."""
    return scatter_with(np.add.at, x, updates, index, axes, sizes, at, batch, outside)


def scatter_multiply(x, updates, index, axes, sizes=None, at=0, batch=0, outside='drop'):
    """x with updates multiplied into the elements."""
    return scatter_with(np.multiply.at, x, updates, index, axes, sizes, at, batch, outside)


def scatter_maximum(x, updates, index, axes, sizes=None, at=0, batch=0, outside='drop'):
    """x with updates where they are larger than the elements."""
    return scatter_with(np.maximum.at, x, updates, index, axes, sizes, at, batch, outside)


def scatter_minimum(x, updates, index, axes, sizes=None, at=0, batch=0, outside='drop'):
    """x with updates where they are smaller than the elements."""
    return scatter_with(np.minimum.at, x, updates, index, axes, sizes, at, batch, outside)


def convolution(x, w, stride=None, low=None, high=None, kernel_dilation=None, input_dilation=None, groups=1, flip=False):
    """Windows of x (batch, spatial axes, channels) times the kernel w (out channels, taps, channels of a group)."""
    n = x.ndim - 2
    stride, low, kernel_dilation = stride or (1,) * n, low or (0,) * n, kernel_dilation or (1,) * n
    high, input_dilation = high or low, input_dilation or (1,) * n
    if flip:
        w = np.flip(w, tuple(range(1, n + 1)))
    for k in range(n):
        axis, length = k + 1, x.shape[k + 1]
        spread = np.zeros(x.shape[:axis] + (max(length - 1, 0) * input_dilation[k] + (length > 0),) + x.shape[axis + 1:], x.dtype)
        spread[(slice(None),) * axis + (slice(None, None, input_dilation[k]),)] = x
        width = [(max(low[k], 0), max(high[k], 0)) if a == axis else (0, 0) for a in range(x.ndim)]
        x = np.pad(spread, width)
        x = x[(slice(None),) * axis + (slice(max(-low[k], 0), x.shape[axis] - max(-high[k], 0)),)]
    counts = [(x.shape[k + 1] - (w.shape[k + 1] - 1) * kernel_dilation[k] - 1) // stride[k] + 1 for k in range(n)]
    y = np.zeros([x.shape[0]] + counts + [w.shape[0]], x.dtype)
    inside, outside = w.shape[-1], w.shape[0] // groups
    for tap in np.ndindex(*w.shape[1:-1]):
        window = tuple(slice(t * d, t * d + (c - 1) * s + 1, s) for t, d, c, s in zip(tap, kernel_dilation, counts, stride))
        part = x[(slice(None),) + window]
        for g in range(groups):
            rows = slice(g * outside, (g + 1) * outside)
            y[..., rows] += part[..., g * inside:(g + 1) * inside] @ w[(rows,) + tap].T
    return y


def window_places(n, window, stride, low, high, dilation, adaptive):
    """For each window along an axis of n elements the places in it; -1 where there is none."""
    if adaptive:
        parts = [(o * n // window, -(-(o + 1) * n // window)) for o in range(window)]
        longest = max(end - begin for begin, end in parts)
        return np.array([[p if p < end else -1 for p in range(begin, begin + longest)] for begin, end in parts])
    count = (n + low + high - (window - 1) * dilation - 1) // stride + 1
    p = np.arange(count)[:, None] * stride + np.arange(window) * dilation - low
    return np.where((p >= 0) & (p < n), p, -1)


def windows(x, fill, axes, window, stride=None, low=None, high=None, dilation=None, adaptive=False):
    """x with, behind its axes, one for the elements of each window; fill stands for those outside."""
    low, one = low or (0,) * len(axes), (1,) * len(axes)
    rank = x.ndim
    for k, axis in enumerate(axes):
        end = np.full(x.shape[:axis] + (1,) + x.shape[axis + 1:], fill, x.dtype)
        p = window_places(x.shape[axis], window[k], (stride or one)[k], low[k], (high or low)[k], (dilation or one)[k], adaptive)
        x = np.moveaxis(np.take(np.concatenate([x, end], axis), p, axis), axis + 1, -1)
    return x.reshape(x.shape[:rank] + (math.prod(x.shape[rank:]),))


def lowest(dtype):
    """The number below all others."""
    return -np.inf if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).min


def window_numbers(shape, axes):
    """For each element its number along some axes in row-major order, the axes in the order given."""
    number, scale = np.zeros((1,) * len(shape), np.int64), 1
    for axis in reversed(axes):
        number = number + scale * np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))])
        scale *= shape[axis]
    return np.broadcast_to(number, shape)


def window_spread(x, lengths, axes, window, **how):
    """Each element of x added to all elements of the window that it stands for."""
    shape = list(x.shape)
    for axis, n in zip(axes, lengths):
        shape[axis] = n
    y = np.zeros(math.prod(shape) + 1, x.dtype)
    places = windows(np.arange(y.size - 1).reshape(shape), y.size - 1, axes, window, **how)
    np.add.at(y, places, x[..., None])
    return y[:-1].reshape(shape)


def window_argmax(x, axes, window, **how):
    """The number of the first maximum in each window."""
    v = windows(x, lowest(x.dtype), axes, window, **how)
    number = windows(window_numbers(x.shape, axes), 2**32 - 1, axes, window, **how)
    best = (v == np.max(v, -1, keepdims=True)) | np.isnan(v)
    return np.min(np.where(best, number, 2**32 - 1), -1).astype(np.uint32)


def window_match(v, x, y, spread, axes, window, **how):
    """The sum of v over those elements of each window of x that equal y; with spread its transpose."""
    equal = windows(x, 0, axes, window, **how) == y[..., None]
    places = windows(np.arange(x.size).reshape(x.shape), x.size, axes, window, **how)
    equal = equal & (places < x.size)
    if not spread:
        return np.sum(np.append(v, 0)[places] * equal, -1, v.dtype)
    out = np.zeros(x.size + 1, v.dtype)
    np.add.at(out, places, v[..., None] * equal)
    return out[:-1].reshape(x.shape)


def keys_kernel(x, a):
    """Keys' cubic convolution kernel of 1981."""
    x = np.abs(x)
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def resize_matrix(old, new, method, align_corners, antialias, scale):
    """The weights by which new elements along an axis are made of old ones."""
    if old == 0 or new == 0:
        return np.zeros((new, old))
    o, p = np.arange(new)[:, None], np.arange(old)
    step = ((old - 1) / (new - 1) if new > 1 else 0.0) if align_corners else 1 / scale if scale else old / new
    if method.startswith('nearest'):
        half = 0.5 if method == 'nearest_exact' else 0
        at = np.floor((o + half) * step) if scale else (2 * o + int(2 * half)) * old // (2 * new)
        return (np.clip(at, 0, old - 1) == p).astype(np.float64)
    if antialias:
        x = (p + 0.5 - step * (o + 0.5)) / max(step, 1)
        w = np.maximum(0, 1 - np.abs(x)) if method == 'linear' else keys_kernel(x, -0.5)
        return w / w.sum(1, keepdims=True)
    x = o * step if align_corners else (o + 0.5) * step - 0.5
    if method == 'linear':
        return np.maximum(0, 1 - np.abs(np.clip(x, 0, old - 1) - p))
    w = np.zeros((new, old))
    for k in range(-1, 3):
        q = np.floor(x).astype(np.int64) + k
        np.add.at(w, (np.arange(new)[:, None], np.clip(q, 0, old - 1)), keys_kernel(x - q, -0.75))
    return w


def resize(x, axes, sizes, method='nearest', align_corners=False, antialias=False, scales=None):
    """x with other lengths along some axes."""
    dtype = x.dtype if method.startswith('nearest') or x.dtype.kind in 'fc' else np.float32
    for k, axis in enumerate(axes):
        w = resize_matrix(x.shape[axis], sizes[k], method, align_corners, antialias, scales and scales[k])
        x = np.moveaxis(np.tensordot(w, x, (1, axis)), 0, axis)
    return x.astype(dtype)


def resize_transpose(x, axes, sizes, method='nearest', align_corners=False, antialias=False, scales=None):
    """The transpose of resize; sizes are the lengths before."""
    dtype = x.dtype
    for k, axis in enumerate(axes):
        w = resize_matrix(sizes[k], x.shape[axis], method, align_corners, antialias, scales and scales[k])
        x = np.moveaxis(np.tensordot(w, x, (0, axis)), 0, axis)
    return x.astype(dtype)


def per_axis(v, n):
    """A tuple of n entries, from one for all or as it is."""
    return tuple(v) * n if len(v) == 1 else tuple(v)


def conv_general(x, w, stride=(1,), padding=(0,), kernel_dilation=(1,), input_dilation=(1,), groups=1, flip=False):
    """A convolution whose lists have one entry for all axes of space, or one each; padding may list both sides."""
    n = x.ndim - 2
    padding = per_axis(padding, n)
    high = padding[n:] or padding
    return convolution(x, w, per_axis(stride, n), padding[:n], high, per_axis(kernel_dilation, n), per_axis(input_dilation, n),
                       groups, flip)


def conv_transpose(x, w, stride=(1,), padding=(0,), dilation=(1,), output_padding=(0,), groups=1):
    """The transpose of a convolution with respect to its images."""
    n = x.ndim - 2
    dilation = per_axis(dilation, n)
    ends = [(t - 1) * d - p for t, d, p in zip(w.shape[1:-1], dilation, per_axis(padding, n))]
    behind = [e + o for e, o in zip(ends, per_axis(output_padding, n))]
    return convolution(x, w, None, ends, behind, dilation, per_axis(stride, n), groups, True)


def segmented_mm(a, b, segments, batch=0):
    """For each pair (begin, end) of segments the product of the columns of a and the rows of b between them."""
    if batch:
        return np.stack([segmented_mm(*parts, batch - 1) for parts in zip(a, b, segments)])
    pairs = np.clip(segments.reshape(-1, 2).astype(np.int64), 0, b.shape[0])
    y = np.zeros((len(pairs), a.shape[0], b.shape[1]), np.result_type(a, b))
    for k, (begin, end) in enumerate(pairs):
        y[k] = a[:, begin:max(begin, end)] @ b[begin:max(begin, end)]
    return y.reshape(segments.shape[:-1] + y.shape[1:])


def segmented_spread(v, w, segments, batch=0):
    """The transpose of segmented_mm."""
    if batch:
        return np.stack([segmented_spread(*parts, batch - 1) for parts in zip(v, w, segments)])
    pairs = np.clip(segments.reshape(-1, 2).astype(np.int64), 0, w.shape[0])
    y = np.zeros((v.shape[-2], w.shape[0]), np.result_type(v, w))
    for part, (begin, end) in zip(v.reshape((-1,) + v.shape[-2:]), pairs):
        y[:, begin:max(begin, end)] += part @ w[begin:max(begin, end)].T
    return y


def paley(q):
    """chi(i - j) modulo a prime q: 1 for squares, -1 for the others, 0 for 0; bordered by ones."""
    squares = {s * s % q for s in range(1, q)}
    chi = [0] + [1 if x in squares else -1 for x in range(1, q)]
    return np.block([[np.zeros((1, 1)), np.ones((1, q))], [np.ones((q, 1)), np.array([[chi[(i - j) % q] for j in range(q)] for i in range(q)])]])


def hadamard_transform(x, scale=None):
    """The last axis times the Hadamard matrix of its length, m 2^k."""
    n = m = x.shape[-1]
    while m % 2 == 0 and m not in (12, 20, 28):
        m //= 2
    h = np.ones((1, 1))
    if m == 28:
        h = np.kron(paley(13), [[1, 1], [1, -1]]) + np.kron(np.eye(14), [[1, -1], [-1, -1]])
    elif m > 1:
        order = [0] + [1 + -j % (m - 1) for j in range(m - 1)]
        h = (paley(m - 1) - np.eye(m))[:, order]
        h[0, 0] = 1
    while len(h) < n:
        h = np.kron(h, [[1, 1], [1, -1]])
    return (x @ h * (n ** -0.5 if scale is None else scale)).astype(x.dtype if x.dtype.kind == 'f' else np.float32)


def block_masked_mm(a, b, mask_out=None, mask_lhs=None, mask_rhs=None, block_size=64):
    """a @ b, whose blocks, and those of a and b, are multiplied by masks."""
    def masked(x, mask):
        if mask is None:
            return x
        mask = np.repeat(np.repeat(mask, block_size, -2), block_size, -1)[..., :x.shape[-2], :x.shape[-1]]
        return np.where(mask, x, 0) if mask.dtype == bool else x * mask
    return masked(masked(a, mask_lhs) @ masked(b, mask_rhs), mask_out).astype(np.result_type(a, b))


def polynomial_features(x, degree, exclude_bias=False, interaction_only=False):
    """All products of at most so many features."""
    level, columns = [((), np.ones(x.shape[:-1], x.dtype))], []
    for k in range(degree + 1):
        columns += [c for _, c in level if k or not exclude_bias]
        level = [(f + (j,), c * x[..., j]) for f, c in level for j in range(f[-1] + interaction_only if f else 0, x.shape[-1])]
    return np.stack(columns, -1) if columns else x[..., :0]


def tsne_joint_probabilities(d, perplexity, least):
    """Joint probabilities of t-SNE for squared distances."""
    n = d.shape[-1]
    out = np.zeros(d.shape)
    for where in np.ndindex(*d.shape[:-1]):
        others = np.arange(n) != where[-1]
        low, high, row = -60.0, 60.0, d[where][others].astype(np.float64)
        row = row / max(row.mean(), 1e-300)
        for _ in range(200):
            middle = (low + high) / 2
            p = np.exp(-math.exp(middle) * (row - row.min()))
            p = p / p.sum()
            entropy = -np.sum(p * np.log(np.maximum(p, 1e-300)))
            low, high = (middle, high) if entropy > math.log(perplexity) else (low, middle)
        out[where][others] = p
    out = (out + np.swapaxes(out, -1, -2)) / (2 * max(n, 1))
    return np.maximum(out, least).astype(d.dtype)


def auc_core(scores, labels):
    """Rates of false and true positives by falling score."""
    out = np.zeros(scores.shape[:-1] + (2, scores.shape[-1] + 1))
    for where in np.ndindex(*scores.shape[:-1]):
        s, hit = scores[where], labels[where].astype(bool)
        for k, least in enumerate(-np.sort(-s.astype(np.float64))):
            for row, kind in enumerate((~hit, hit)):
                out[where][row, k + 1] = np.sum(kind & (s >= least)) / max(np.sum(kind), 1)
    return out


def random_bits(key, shape, dtype):
    """Random unsigned integers from a key: Threefry-2x32 with 20 rounds (Salmon and others, SC 2011)."""
    rotations = ((13, 15, 26, 6), (17, 29, 16, 24))
    count = math.prod(shape)
    words = (count * np.dtype(dtype).itemsize + 3) // 4
    upper = words - words // 2
    out = []
    for k0, k1 in np.reshape(key, (-1, 2)):
        keys = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
        a = np.arange(upper, dtype=np.uint32) + k0
        b = np.arange(upper, dtype=np.uint32) + np.uint32(upper)
        b[words // 2:] = 0
        b = b + k1
        for group in range(5):
            for by in rotations[group % 2]:
                a = a + b
                b = ((b << np.uint32(by)) | (b >> np.uint32(32 - by))) ^ a
            a = a + keys[(group + 1) % 3]
            b = b + keys[(group + 2) % 3] + np.uint32(group + 1)
        block = np.concatenate([a, b[:words // 2]])
        out.append(np.frombuffer(block.tobytes(), dtype)[:count])
    return np.reshape(np.array(out, dtype), np.shape(key)[:-1] + tuple(shape))


def wide(a):
    """In a dtype that numpy.linalg takes."""
    return a.astype(np.promote_types(a.dtype, np.float32))


def adjoint(a):
    """The conjugate transpose of the last two axes."""
    return np.conj(np.swapaxes(a, -1, -2))


def cofactors(a, *directions):
    """The matrix of cofactors, or its derivative along directions: minors with rows of the directions in place of their own."""
    common = np.result_type(np.float32, a, *directions)
    a, *directions = np.broadcast_arrays(*[m.astype(common) for m in (a, *directions)])
    n, out = a.shape[-1], np.zeros(a.shape, a.dtype)
    for i in range(n):
        for j in range(n):
            left, *moved = [np.delete(np.delete(m, i, -2), j, -1) for m in (a, *directions)]
            for rows in np.ndindex(*[n - 1] * len(directions)):
                if len(set(rows)) < len(rows):
                    continue
                minor = left.copy()
                for row, m in zip(rows, moved):
                    minor[..., row, :] = m[..., row, :]
                out[..., i, j] += (-1) ** (i + j) * np.linalg.det(minor)
    return out


def cholesky(a, upper):
    """L with a = L L^H, or U with a = U^H U, read from one triangle."""
    a = wide(a)
    return adjoint(np.linalg.cholesky(adjoint(a))) if upper else np.linalg.cholesky(a)


def solve(a, b):
    """x with a x = b; axes before the last two broadcast, b of one axis is one column."""
    a, b = wide(a), wide(b)
    x = np.linalg.solve(*[np.broadcast_to(m, np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + m.shape[-2:])
                          for m in (a, b if b.ndim > 1 else b[:, None])])
    return x if b.ndim > 1 else x[..., 0]


def solve_triangular(a, b, upper, transpose, conjugate, unit):
    """x with t x = b for a triangle of a."""
    t = np.triu(a) if upper else np.tril(a)
    t = np.where(np.eye(t.shape[-1], dtype=bool), 1, t).astype(t.dtype) if unit else t
    t = np.swapaxes(t, -1, -2) if transpose else t
    return solve(np.conj(t) if conjugate else t, b)


def standard_phase(v, *others):
    """The columns of v, and of others with them, times what makes the first element of at least half the largest modulus positive."""
    if v.shape[-2] == 0:
        return (v,) + others
    size = np.abs(v)
    at = np.argmax(size >= 0.5 * size.max(-2, keepdims=True), -2)
    kept = np.take_along_axis(v, at[..., None, :], -2)
    turn = np.conj(kept) / np.abs(kept)
    return (v * turn,) + tuple(o * turn for o in others)


def doubled(a):
    """In double precision."""
    return a.astype(np.promote_types(a.dtype, np.float64))


def like(x, a):
    """x in the precision of a, which may hold integers."""
    small = np.result_type(a, np.float16) if a.dtype.kind in 'fc' else np.float32
    if x.dtype.kind == 'c':
        return x.astype(np.complex128 if small in (np.float64, np.complex128) else np.complex64)
    return x.astype(np.empty(0, small).real.dtype)


def eigh(a, uplo='L'):
    """Eigenvalues and vectors of Hermitian matrices, with phases of their own."""
    w, v = np.linalg.eigh(doubled(a), uplo)
    return like(w, a), like(standard_phase(v)[0], a)


def eig(a):
    """Eigenvalues by real part, then imaginary part, and vectors with phases of their own."""
    w, v = np.linalg.eig(doubled(a))
    order = np.lexsort((w.imag, w.real))
    w, v = np.take_along_axis(w, order, -1) + 0j, np.take_along_axis(v, order[..., None, :], -1) + 0j
    return like(w, a), like(standard_phase(v)[0], a)


def svd(a, reduced=False):
    """The singular value decomposition, with phases of its own."""
    u, s, vh = np.linalg.svd(doubled(a), full_matrices=not reduced)
    k, v = s.shape[-1], np.conj(np.swapaxes(vh, -1, -2))
    first, second = standard_phase(u[..., :k], v[..., :k])
    u = np.concatenate([first, standard_phase(u[..., k:])[0]], -1)
    v = np.concatenate([second, standard_phase(v[..., k:])[0]], -1)
    return like(u, a), like(s, a), like(np.conj(np.swapaxes(v, -1, -2)), a)


def pinv(a, rtol):
    """The pseudo-inverse; also of matrices without elements."""
    return like(np.linalg.pinv(doubled(a), rcond=rtol), a)


def matrix_rank(a, rtol):
    """How many singular values are above rtol times the largest."""
    s = np.linalg.svd(doubled(a), compute_uv=False)
    return np.sum(s > rtol * s[..., :1], axis=-1, dtype=np.int32)


def hermitian_root(a):
    """The square root of positive semidefinite matrices, read from the lower triangle."""
    w, v = np.linalg.eigh(doubled(a))
    return like((v * np.sqrt(np.maximum(w, 0))[..., None, :]) @ np.conj(np.swapaxes(v, -1, -2)), a)


def hermitian_lyapunov(a, b):
    """x with a x + x a = b for positive definite matrices a, read from the lower triangle."""
    w, v = np.linalg.eigh(doubled(a))
    h = np.conj(np.swapaxes(v, -1, -2))
    return like(v @ (h @ doubled(b) @ v / (w[..., None, :] + w[..., :, None])) @ h, b)


def lu_rows(a):
    """LU by elimination with exchanges of rows: lu, the exchanges, and the row of a that each row of L U is."""
    m, n = a.shape[-2:]
    lu, steps = np.array(wide(a)), min(m, n)
    pivots = np.zeros(a.shape[:-2] + (steps,), np.uint32)
    rows = np.zeros(a.shape[:-2] + (m,), np.uint32)
    for at in np.ndindex(a.shape[:-2]):
        x, order = lu[at], np.arange(m)
        for k in range(steps):
            p = k + int(np.argmax(np.abs(x[k:, k].real) + np.abs(x[k:, k].imag)))
            pivots[at + (k,)] = p
            x[[k, p]], order[[k, p]] = x[[p, k]], order[[p, k]]
            if x[k, k] != 0:
                x[k + 1:, k] /= x[k, k]
                x[k + 1:, k + 1:] -= np.outer(x[k + 1:, k], x[k, k + 1:])
        rows[at] = order
    return lu.astype(a.dtype), pivots, rows


def lu(a):
    """The rows of L U that a is, L and U."""
    x, _, rows = lu_rows(a)
    k = min(a.shape[-2:])
    low = np.tril(x[..., :k], -1) + np.eye(a.shape[-2], k, dtype=a.dtype)
    return np.argsort(rows, -1).astype(np.uint32), low, np.triu(x[..., :k, :])


def slogdet(a):
    """The sign and the logarithm of the determinant."""
    sign, logabs = np.linalg.slogdet(wide(a))
    return sign.astype(a.dtype), logabs.astype(a.real.dtype)


def qr(a, mode):
    """Q and R of each matrix."""
    k = a.shape[-2] if mode == "complete" else min(a.shape[-2:])
    q = np.zeros(a.shape[:-1] + (k,), wide(a).dtype)
    r = np.zeros(a.shape[:-2] + (k, a.shape[-1]), wide(a).dtype)
    for at in np.ndindex(a.shape[:-2]):
        q[at], r[at] = np.linalg.qr(wide(a)[at], mode)
    return q.astype(a.dtype), r.astype(a.dtype)


def vector_norm(a, p, axes, keepdims):
    """The p-norm over any axes."""
    axes = tuple(range(a.ndim)) if axes is None else tuple(k % a.ndim for k in axes)
    kept = [k for k in range(a.ndim) if k not in axes]
    flat = np.transpose(wide(a), kept + list(axes)).reshape([a.shape[k] for k in kept] + [-1] * (a.size > 0) + [0] * (a.size == 0))
    y = np.linalg.norm(flat, p, -1).astype(a.real.dtype)
    return y.reshape([1 if k in axes else n for k, n in enumerate(a.shape)]) if keepdims else y


def cross(a, b, axis):
    """The cross product along an axis that both count from the end."""
    axis = axis - a.ndim if axis >= 0 else axis
    a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    y = np.cross(*np.broadcast_arrays(a, b)) if a.shape[-1] == b.shape[-1] else np.cross(
        *[np.broadcast_to(v, np.broadcast_shapes(a.shape[:-1], b.shape[:-1]) + v.shape[-1:]) for v in (a, b)])
    return y if a.shape[-1] == b.shape[-1] == 2 else np.moveaxis(y, -1, axis)
