"""A GGUF file read with numpy: matrices dequantised to float64, and the model's forward pass, the slow and plain way.

Nothing of llama.cpp or torch, so that an engine can be checked against it.
"""

import struct

import numpy as np


def F16(b):
    return b.copy().view(np.float16).astype(np.float64)


def q8_0(b):
    b = b.reshape(-1, 34)
    return F16(b[:, :2]) * b[:, 2:].copy().view(np.int8)


def q4_k(b):
    b = b.reshape(-1, 144)
    d, m, s, q = F16(b[:, :2]), F16(b[:, 2:4]), b[:, 4:16].astype(np.int32), b[:, 16:].reshape(-1, 4, 32)
    sc = np.concatenate([s[:, :4] & 63, (s[:, 8:] & 15) | (s[:, :4] >> 6 << 4)], 1)
    mn = np.concatenate([s[:, 4:8] & 63, (s[:, 8:] >> 4) | (s[:, 4:8] >> 6 << 4)], 1)
    v = np.stack([q & 15, q >> 4], 2).reshape(-1, 8, 32)
    return ((d * sc)[:, :, None] * v - (m * mn)[:, :, None]).reshape(-1, 256)


def q6_k(b):
    b = b.reshape(-1, 210)
    ql, qh, sc, d = (
        b[:, :128].reshape(-1, 2, 64).astype(np.int32),
        b[:, 128:192].reshape(-1, 2, 32).astype(np.int32),
        b[:, 192:208].copy().view(np.int8),
        F16(b[:, 208:]),
    )
    lo = np.stack([ql[:, :, :32] & 15, ql[:, :, 32:] & 15, ql[:, :, :32] >> 4, ql[:, :, 32:] >> 4], 2)
    hi = np.stack([qh >> (2 * g) & 3 for g in range(4)], 2)
    return (d * np.repeat(sc, 16, 1)) * ((lo | hi << 4) - 32).reshape(-1, 256)


TYPES = {0: (1, 4, lambda b: b.copy().view(np.float32)), 8: (32, 34, q8_0), 12: (256, 144, q4_k), 14: (256, 210, q6_k)}


def read_gguf(path):
    """(metadata, tensors as float64)."""
    b = open(path, 'rb').read()
    o = 4
    meta, ts = {}, {}

    def u(f):
        nonlocal o
        x = struct.unpack_from('<' + f, b, o)[0]
        o += struct.calcsize(f)
        return x

    def st():
        nonlocal o
        n = u('Q')
        x = b[o : o + n].decode()
        o += n
        return x

    def val(t):
        return (
            st()
            if t == 8
            else (lambda e, n: [val(e) for _ in range(n)])(u('I'), u('Q'))
            if t == 9
            else u('BbHhIifB__Qqd'[t])
        )

    assert u('I') == 3
    nt, nk = u('Q'), u('Q')
    for _ in range(nk):
        k = st()
        meta[k] = val(u('I'))
    info = []
    for _ in range(nt):
        n = st()
        dims = [u('Q') for _ in range(u('I'))]
        info.append((n, dims, u('I'), u('Q')))
    base = -(-o // 32) * 32
    for n, dims, t, off in info:
        per, size, f = TYPES[t]
        raw = np.frombuffer(b, np.uint8, int(np.prod(dims)) // per * size, base + off)
        ts[n] = np.asarray(f(raw), np.float64).reshape(dims[::-1])
    return meta, ts


class Reference:
    def __init__(self, path):
        self.m, self.t = read_gguf(path)

        def g(k):
            return self.m['qwen3moe.' + k]

        self.L, self.hq, self.hk, self.d, self.k = (
            g('block_count'),
            g('attention.head_count'),
            g('attention.head_count_kv'),
            g('attention.key_length'),
            g('expert_used_count'),
        )
        self.eps, self.f = (
            g('attention.layer_norm_rms_epsilon'),
            g('rope.freq_base') ** (-2 * np.arange(self.d // 2) / self.d),
        )
        self.kv = [[None, None] for _ in range(self.L)]
        self.n = 0

    def norm(self, x, w):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps) * w

    def rope(self, x, p):
        a = p[:, None] * self.f
        c, s = np.cos(a)[:, None], np.sin(a)[:, None]
        h = self.d // 2
        return np.concatenate([x[..., :h] * c - x[..., h:] * s, x[..., h:] * c + x[..., :h] * s], -1)

    def step(self, ids):
        """logits [n, V] of the next n tokens"""
        t, n = self.t, len(ids)
        x = t['token_embd.weight'][ids]
        p = np.arange(self.n, self.n + n)
        self.n += n
        for i in range(self.L):

            def w(s):
                return t[f'blk.{i}.{s}.weight']

            h = self.norm(x, w('attn_norm'))

            def sh(y, k):
                return y.reshape(n, k, self.d)

            q = self.rope(self.norm(sh(h @ w('attn_q').T, self.hq), w('attn_q_norm')), p)
            k = self.rope(self.norm(sh(h @ w('attn_k').T, self.hk), w('attn_k_norm')), p)
            v = sh(h @ w('attn_v').T, self.hk)
            c = self.kv[i]
            c[0] = k if c[0] is None else np.concatenate([c[0], k])
            c[1] = v if c[1] is None else np.concatenate([c[1], v])
            r = self.hq // self.hk
            K, V = np.repeat(c[0], r, 1), np.repeat(c[1], r, 1)
            s = np.einsum('qhd,khd->hqk', q, K) / np.sqrt(self.d)
            s = np.where(np.arange(self.n)[None, None] > p[None, :, None], -np.inf, s)
            a = np.exp(s - s.max(-1, keepdims=True))
            a /= a.sum(-1, keepdims=True)
            x = x + np.einsum('hqk,khd->qhd', a, V).reshape(n, -1) @ w('attn_output').T
            h = self.norm(x, w('ffn_norm'))
            z = h @ w('ffn_gate_inp').T
            e = np.argsort(-z, 1, kind='stable')[:, : self.k]
            g = np.take_along_axis(z, e, 1)
            g = np.exp(g - g.max(1, keepdims=True))
            g /= g.sum(1, keepdims=True)
            G, U, D = w('ffn_gate_exps'), w('ffn_up_exps'), w('ffn_down_exps')
            y = np.zeros_like(x)
            for j in range(n):
                for b, ee in zip(g[j], e[j]):
                    a1 = G[ee] @ h[j]
                    y[j] += b * (D[ee] @ (a1 / (1 + np.exp(-a1)) * (U[ee] @ h[j])))
            x = x + y
        return self.norm(x, t['output_norm.weight']) @ t.get('output.weight', t['token_embd.weight']).T
