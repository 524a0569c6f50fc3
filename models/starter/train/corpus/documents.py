"""The list of documents that grows while the sources are read; long texts are cut at paragraphs."""

import random
import re


class Documents:
    def __init__(self, seed=5):
        self.random = random.Random(seed)
        self.documents = []

    def add(self, src, text):
        text = re.sub(r'[ \t]+\n', '\n', text)
        text = re.sub(r'\n{3,}', '\n\n', text).strip()
        if len(text) > 80:
            self.documents.append((src, text))

    def add_chunks(self, src, text, size=3600, limit=None):
        paras, cur, n = re.split(r'\n\s*\n', text), [], 0
        out = []
        for p in paras:
            p = re.sub(r'\s*\n\s*', ' ', p).strip()
            if not p:
                continue
            cur.append(p)
            n += len(p)
            if n > size:
                out.append('\n\n'.join(cur))
                cur, n = [], 0
        if cur:
            out.append('\n\n'.join(cur))
        if limit and sum(map(len, out)) > limit:
            self.random.shuffle(out)
            k = 0
            while sum(map(len, out[:k])) < limit:
                k += 20
            out = out[:k]
        for o in out:
            self.add(src, o)
