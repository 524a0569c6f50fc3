"""The Muon optimiser for the weight matrices."""

import torch


def orthogonalise(G, steps=5):
    """Newton-Schulz orthogonalisation of a batch of matrices (Muon)."""
    X = G.bfloat16()
    tr = X.shape[-2] > X.shape[-1]
    if tr:
        X = X.mT
    X = X / (X.norm(dim=(-2, -1), keepdim=True) * 1.02 + 1e-7)
    for _ in range(steps):
        A = X @ X.mT
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X.mT if tr else X


class Muon:
    """Momentum, then an orthogonalised update; for matrices only, stacked matrices as a batch."""

    def __init__(self, params, weight_decay, orthogonalise):
        self.weight_decay, self.orthogonalise = weight_decay, orthogonalise
        self.groups = {}
        for p in params:
            self.groups.setdefault(tuple(p.shape[-2:]), []).append(p)
        self.groups = list(self.groups.values())
        self.m = [[torch.zeros_like(p) for p in g] for g in self.groups]

    @torch.no_grad()
    def step(self, lr, mom):
        for g, m in zip(self.groups, self.m):
            grads = [p.grad for p in g]
            torch._foreach_lerp_(m, grads, 1 - mom)
            upd = torch._foreach_lerp(grads, m, mom)
            r, c = g[0].shape[-2:]
            U = self.orthogonalise(torch.cat([u.view(-1, r, c) for u in upd])) * max(1.0, r / c) ** 0.5
            torch._foreach_mul_(g, 1 - lr * self.weight_decay)
            for p, u in zip(g, U.split([u.numel() // (r * c) for u in upd])):
                p.add_(u.view_as(p).to(p.dtype), alpha=-lr)
