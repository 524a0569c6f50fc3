"""Training rows, kept on the device."""

import glob

import numpy as np
import torch


def load_rows(f, length, device):
    """int16 [rows, length]: token ids, bit 15 set where a token carries loss in the chat phase."""
    x = np.fromfile(f, np.uint16)
    x = x[: len(x) // length * length].view(np.int16)
    return torch.from_numpy(x).to(device).view(-1, length)


class Rows:
    """Endless shuffled rows; files that appear later join in (chat)."""

    def __init__(self, pattern, length, device, generator):
        self.length, self.device, self.generator = length, device, generator
        self.pattern, self.seen, self.data, self.epochs = pattern, set(), None, 0.0
        self.queue = np.zeros(0, np.int64)

    def refresh(self):
        new = [f for f in sorted(glob.glob(self.pattern)) if f not in self.seen and not f.endswith('_val.bin')]
        if not new:
            return
        n0 = 0 if self.data is None else len(self.data)
        parts = [load_rows(f, self.length, self.device) for f in new]
        self.seen.update(new)
        self.data = torch.cat(([] if self.data is None else [self.data]) + parts)
        q = np.concatenate([self.queue, np.arange(n0, len(self.data))])
        self.generator.shuffle(q)
        self.queue = q

    def take(self, n):
        while len(self.queue) < n:
            q = np.arange(len(self.data))
            self.generator.shuffle(q)
            self.queue = np.concatenate([self.queue, q])
            self.epochs += 1
        i, self.queue = self.queue[:n], self.queue[n:]
        return self.data[torch.from_numpy(i).to(self.device)]
