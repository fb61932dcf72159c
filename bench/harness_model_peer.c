/* The models in PyTorch, with the same numbers. */
#include "harness_models.h"

#include <stdio.h>
#include <stdlib.h>

/* The peer's numbers, and its model's steps. `numbers(count, seed, scale, offset)` is bench_fill. */
static const char peer_head[] =
    "import numpy as np\n"
    "F = torch.nn.functional\n"
    "def numbers(count, seed, scale, offset):\n"
    "  x = (np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed * 40503 % 2**32)).astype(np.uint32)\n"
    "  x = (x ^ x >> 15) * np.uint32(739982445)\n"
    "  x ^= x >> 12\n"
    "  return ((x >> 8) / 8388608.0 - 1) * scale + offset\n"
    "def choices(count, seed):\n"
    "  return torch.tensor((numbers(count, seed, 0.5, 0.5).astype(np.float32) * np.float32(classes)).astype(np.int64) % classes)\n"
    "def weight(i, dims, scale, offset):\n"
    "  a = torch.tensor(numbers(int(np.prod(dims)), i, scale, offset).reshape(dims).astype(np.float32))\n"
    "  return (a.t().contiguous() if transposed(i) else a).requires_grad_()\n";

/* w (in, out) is held as PyTorch holds it, (out, in). */
const char bench_peer_mlp[] =
    "def transposed(i): return i % 2 == 0\n"
    "w = [weight(i, *s) for i, s in enumerate(sizes)]\n"
    "x = torch.tensor(numbers(batch * width, 1000, 1, 0).reshape(batch, width).astype(np.float32))\n"
    "y = choices(batch, 1001)\n"
    "def loss_of():\n"
    "  h = torch.relu(F.linear(x, w[0], w[1]))\n"
    "  h = torch.relu(F.linear(h, w[2], w[3]))\n"
    "  return F.cross_entropy(F.linear(h, w[4], w[5]), y)\n";

const char bench_peer_gpt[] =
    "def transposed(i): return i == 52 or (i > 1 and (i - 2) % 12 in (2, 4, 8, 10) and i < 50)\n"
    "w = [weight(i, *s) for i, s in enumerate(sizes)]\n"
    "x, y = choices(batch * length, 1000).reshape(batch, length), choices(batch * length, 1001)\n"
    "mask = torch.full((length, length), float('-inf')).triu(1)\n"
    "def attention(h, a, b, c, d):\n"
    "  q, k, v = F.linear(h, a, b).reshape(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)\n"
    "  p = torch.softmax(q @ k.transpose(-2, -1) * (width // heads) ** -0.5 + mask, -1)\n"
    "  return F.linear((p @ v).transpose(1, 2).reshape(batch, length, width), c, d)\n"
    "def loss_of():\n"
    "  h = F.embedding(x, w[0]) + w[1]\n"
    "  for i in range(2, 2 + 12 * layers, 12):\n"
    "    h = h + attention(F.layer_norm(h, (width,), w[i], w[i + 1]), *w[i + 2:i + 6])\n"
    "    n = F.layer_norm(h, (width,), w[i + 6], w[i + 7])\n"
    "    h = h + F.linear(F.gelu(F.linear(n, w[i + 8], w[i + 9])), w[i + 10], w[i + 11])\n"
    "  h = F.layer_norm(h, (width,), *w[-3:-1])\n"
    "  return F.cross_entropy(F.linear(h, w[-1]).reshape(-1, classes), y)\n";

char *bench_model_peer(const bench_model *m, const char *body, const char *step, int steps, float loss) {
  size_t room = 16384, at = 0;
  char *text = malloc(room);
  if (!text) exit(1);
  at += (size_t)snprintf(text, room, "batch, width, length, heads, layers, classes, rate = %d, %d, %d, %d, %d, %d, %g\nsizes = [", m->batch,
                         m->width, m->length, m->heads, m->layers, m->classes, m->learning_rate);
  for (int i = 0; i < m->weights; i++) {
    const bench_weight *w = &m->weight[i];
    at += (size_t)snprintf(text + at, room - at, "((%d, %d)[:%d], %g, %g), ", (int)w->dims[0], (int)w->dims[1], w->rank, w->scale, w->offset);
  }
  snprintf(text + at, room - at,
           "]\n%s%s%s"
           "for i in range(%d): loss = step()\n"
           "assert abs(loss - %.9g) < 1e-3 * abs(loss), 'its loss is %%r, ours %.9g' %% loss\n",
           peer_head, body, step, steps, (double)loss, (double)loss);
  return text;
}
