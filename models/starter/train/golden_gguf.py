"""Reference values for a quantised GGUF: top logits after each prompt and the greedy continuation (numpy, float64).

usage: golden_gguf.py MODEL.gguf golden.json KEY
Adds KEY beside bf16 and q8_0 to every prompt of golden.json, up to the end token; where KEY is there already, prints the
largest difference to it.
"""

import json
import sys

import numpy as np

from gguf_reference import Reference

if __name__ == '__main__':
    path, out, key = sys.argv[1:4]
    G = json.load(open(out))
    R = Reference(path)
    end = R.m['tokenizer.ggml.eos_token_id']
    for q in G['prompts']:
        R.kv = [[None, None] for _ in range(R.L)]
        R.n = 0
        old = q.get(key)
        l = R.step(q['ids'])[-1]
        top = np.argsort(-l)[:20]
        ids, lead = [], np.inf
        ref = {
            'last_logits': {
                'top_ids': top.tolist(),
                'top_values': [round(float(v), 5) for v in l[top]],
                'mean': float(l.mean()),
                'std': float(l.std()),
            }
        }
        while len(ids) < 40 and not (not old and ids and ids[-1] == end):
            s = np.sort(l)
            lead = min(lead, s[-1] - s[-2])
            ids.append(int(l.argmax()))
            l = R.step(ids[-1:])[-1]
        ref.update(greedy_ids=ids, smallest_lead=round(float(lead), 5))
        if old:
            print(
                'against torch: ids',
                old['greedy_ids'] == ids,
                'logits',
                max(abs(a - b) for a, b in zip(old['last_logits']['top_values'], ref['last_logits']['top_values'])),
            )
        else:
            q[key] = ref
            print(
                key,
                len(q['ids']),
                'tokens in,',
                len(ids),
                'out, smallest lead of the first over the second logit',
                ref['smallest_lead'],
            )
    json.dump(G, open(out, 'w'), ensure_ascii=False, indent=1)
