"""Qwen3-MoE decoder for training. Weight names and shapes map one to one onto HF `Qwen3MoeForCausalLM`.

Two equivalent expert paths:
  dense   every expert runs on every token, unselected experts get weight 0 (three large matmuls)
  grouped tokens sorted by expert, `torch._grouped_mm` (needs a Hopper GPU)
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    vocab_size: int = 16384
    hidden_size: int = 512
    num_hidden_layers: int = 8
    num_attention_heads: int = 8
    num_key_value_heads: int = 2
    head_dim: int = 64
    num_experts: int = 16
    num_experts_per_tok: int = 4
    moe_intermediate_size: int = 256
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0

    def dict(self):
        return asdict(self)


def rms_norm(x, w, eps):
    h = x.float()
    h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + eps)
    return (h * w).to(x.dtype)


class _Permute(torch.autograd.Function):
    """x[tok] where every token occurs k times; backward sums the k copies without atomics."""

    @staticmethod
    def forward(ctx, x, tok, inv, k):
        ctx.save_for_backward(inv)
        ctx.k = k
        return x[tok]

    @staticmethod
    def backward(ctx, g):
        (inv,) = ctx.saved_tensors
        return g[inv].view(-1, ctx.k, g.shape[-1]).sum(1), None, None, None


class _Unpermute(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y, inv, order):
        ctx.save_for_backward(order)
        return y[inv]

    @staticmethod
    def backward(ctx, g):
        (order,) = ctx.saved_tensors
        return g[order], None, None


class MoE(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.c = c
        E, D, I = c.num_experts, c.hidden_size, c.moe_intermediate_size
        self.router = nn.Parameter(torch.randn(E, D) * 0.02)
        self.gate = nn.Parameter(torch.randn(E, I, D) * 0.02)
        self.up = nn.Parameter(torch.randn(E, I, D) * 0.02)
        self.down = nn.Parameter(torch.randn(E, D, I) * 0.02 / (2 * c.num_hidden_layers) ** 0.5)

    def forward(self, x, impl):
        c, dt = self.c, x.dtype
        E, k, I, N = c.num_experts, c.num_experts_per_tok, c.moe_intermediate_size, x.shape[0]
        probs = (x @ self.router.to(dt).t()).float().softmax(-1)
        topi = probs.detach().topk(k, -1).indices
        w = probs.gather(1, topi)
        w = w / w.sum(-1, keepdim=True)
        hot = torch.zeros_like(probs).scatter(1, topi, 1.0)
        frac = hot.mean(0) / k
        aux = E * (frac * probs.mean(0)).sum()
        if impl == 'dense':
            full = torch.zeros_like(probs).scatter(1, topi, w).to(dt)
            g = x @ self.gate.to(dt).view(E * I, -1).t()
            u = x @ self.up.to(dt).view(E * I, -1).t()
            h = (F.silu(g) * u).view(N, E, I) * full[..., None]
            wd = self.down.to(dt).permute(0, 2, 1).reshape(E * I, -1)
            return h.view(N, E * I) @ wd, aux, frac
        flat = topi.reshape(-1)
        order = torch.sort(flat.to(torch.int32), stable=True).indices
        inv = torch.empty_like(order)
        inv[order] = torch.arange(order.numel(), device=x.device)
        offs = hot.sum(0).cumsum(0).to(torch.int32)
        xs = _Permute.apply(x, order // k, inv, k)
        wgu = torch.cat([self.gate, self.up], 1).to(dt)
        gu = torch._grouped_mm(xs, wgu.transpose(-2, -1), offs=offs)
        h = F.silu(gu[:, :I]) * gu[:, I:]
        y = torch._grouped_mm(h, self.down.to(dt).transpose(-2, -1), offs=offs)
        y = _Unpermute.apply(y, inv, order).view(N, k, -1)
        return (y * w.to(dt)[..., None]).sum(1), aux, frac


class Block(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.c = c
        D, H, K, d = c.hidden_size, c.num_attention_heads, c.num_key_value_heads, c.head_dim
        self.ln1 = nn.Parameter(torch.ones(D))
        self.ln2 = nn.Parameter(torch.ones(D))
        self.q = nn.Parameter(torch.randn(H * d, D) * 0.02)
        self.k = nn.Parameter(torch.randn(K * d, D) * 0.02)
        self.v = nn.Parameter(torch.randn(K * d, D) * 0.02)
        self.o = nn.Parameter(torch.randn(D, H * d) * 0.02 / (2 * c.num_hidden_layers) ** 0.5)
        self.q_norm = nn.Parameter(torch.ones(d))
        self.k_norm = nn.Parameter(torch.ones(d))
        self.moe = MoE(c)

    def forward(self, x, cos, sin, attend, moe_impl):
        c, dt = self.c, x.dtype
        B, T, D = x.shape
        H, K, d = c.num_attention_heads, c.num_key_value_heads, c.head_dim
        h = rms_norm(x, self.ln1, c.rms_norm_eps)
        q = (h @ self.q.to(dt).t()).view(B, T, H, d)
        k = (h @ self.k.to(dt).t()).view(B, T, K, d)
        v = (h @ self.v.to(dt).t()).view(B, T, K, d).transpose(1, 2)
        q = rope(rms_norm(q, self.q_norm, c.rms_norm_eps), cos, sin).transpose(1, 2)
        k = rope(rms_norm(k, self.k_norm, c.rms_norm_eps), cos, sin).transpose(1, 2)
        a = attend(q, k, v).transpose(1, 2).reshape(B, T, H * d)
        x = x + a @ self.o.to(dt).t()
        h = rms_norm(x, self.ln2, c.rms_norm_eps)
        y, aux, frac = self.moe(h.view(B * T, D), moe_impl)
        return x + y.view(B, T, D), aux, frac


def rope(x, cos, sin):
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


class Model(nn.Module):
    def __init__(self, c: Config, max_len=2048, moe_impl='dense', dtype=torch.bfloat16):
        super().__init__()
        self.c, self.moe_impl, self.dtype = c, moe_impl, dtype
        self.embed = nn.Parameter(torch.randn(c.vocab_size, c.hidden_size) * 0.02)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.num_hidden_layers))
        self.norm = nn.Parameter(torch.ones(c.hidden_size))
        f = 1.0 / c.rope_theta ** (torch.arange(0, c.head_dim, 2).float() / c.head_dim)
        t = torch.outer(torch.arange(max_len).float(), f)
        self.register_buffer('cos', t.cos()[None, :, None, :], persistent=False)
        self.register_buffer('sin', t.sin()[None, :, None, :], persistent=False)

    def hidden(self, ids, attend):
        T = ids.shape[1]
        x = F.embedding(ids, self.embed).to(self.dtype)
        aux, fracs = 0.0, []
        for b in self.blocks:
            x, a, f = b(x, self.cos[:, :T], self.sin[:, :T], attend, self.moe_impl)
            aux = aux + a
            fracs.append(f)
        return rms_norm(x, self.norm, self.c.rms_norm_eps), aux / len(self.blocks), torch.stack(fracs)

    def logits(self, ids, attend):
        return self.hidden(ids, attend)[0] @ self.embed.to(self.dtype).t()

    def forward(self, ids, labels, attend):
        h, aux, fracs = self.hidden(ids, attend)
        logits = (h.view(-1, h.shape[-1]) @ self.embed.to(self.dtype).t()).float()
        loss = F.cross_entropy(logits, labels.view(-1), ignore_index=-100, reduction='sum')
        return loss / (labels >= 0).sum().clamp(min=1), aux, fracs


def sdpa_attend(docs=None):
    """Causal attention inside documents, plain torch (CPU tests, evaluation)."""

    def f(q, k, v):
        T = q.shape[2]
        m = torch.ones(T, T, dtype=torch.bool, device=q.device).tril()[None, None]
        if docs is not None:
            m = m & (docs[:, None, :, None] == docs[:, None, None, :])
        r = q.shape[1] // k.shape[1]
        return F.scaled_dot_product_attention(q, k.repeat_interleave(r, 1), v.repeat_interleave(r, 1), attn_mask=m)

    return f


def to_hf(model):
    """State dict with the names of HF Qwen3MoeForCausalLM (per-expert linear layers)."""
    sd = {'model.embed_tokens.weight': model.embed, 'model.norm.weight': model.norm}
    for i, b in enumerate(model.blocks):
        p = f'model.layers.{i}.'
        sd[p + 'input_layernorm.weight'] = b.ln1
        sd[p + 'post_attention_layernorm.weight'] = b.ln2
        for n in 'qkvo':
            sd[p + f'self_attn.{n}_proj.weight'] = getattr(b, n)
        sd[p + 'self_attn.q_norm.weight'] = b.q_norm
        sd[p + 'self_attn.k_norm.weight'] = b.k_norm
        sd[p + 'mlp.gate.weight'] = b.moe.router
        for e in range(model.c.num_experts):
            for n in ('gate', 'up', 'down'):
                sd[p + f'mlp.experts.{e}.{n}_proj.weight'] = getattr(b.moe, n)[e]
    return {k: v.detach() for k, v in sd.items()}
