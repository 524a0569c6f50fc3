"""Tokenise the text corpus and generate chat shards in parallel.

usage: make_data.py --tok tokenizer.json --text text.jsonl --facts facts.json --intents FILE.. --out DIR [--shards 28] [--convs 100000]
"""

import argparse
import json
import os
import sys

os.environ['TOKENIZERS_PARALLELISM'] = 'false'
from multiprocessing import Pool

import numpy as np
from tokenizers import Tokenizer

from chat import ChatGenerator

ap = argparse.ArgumentParser()
ap.add_argument('--tok', required=True)
ap.add_argument('--text', required=True)
ap.add_argument('--facts', required=True)
ap.add_argument('--intents', nargs='+', required=True)
ap.add_argument('--out', required=True)
ap.add_argument('--shards', type=int, default=28)
ap.add_argument('--convs', type=int, default=100000)
ap.add_argument('--workers', type=int, default=14)
ap.add_argument('--seed', type=int, default=1000)
ap.add_argument('--dump', help='write a text sample for tokenizer training instead')
a = ap.parse_args()
FLAG = 0x8000


def setup():
    global T, F, S, EOT, IM, END, NL, HEAD
    F = json.load(open(a.facts))
    S = [l for f in a.intents for l in open(f, encoding='utf-8')]
    if a.dump:
        return
    T = Tokenizer.from_file(a.tok)
    EOT, IM, END = (T.token_to_id(x) for x in ('<|endoftext|>', '<|im_start|>', '<|im_end|>'))
    NL = T.encode('\n').ids
    HEAD = {r: [IM] + T.encode(r + '\n').ids for r in ('system', 'user', 'assistant')}


def shard(i):
    G = ChatGenerator(F, S, a.seed + i)
    out, name = [], f'chat_{i:03d}.bin' if i >= 0 else 'chat_val.bin'
    n = a.convs if i >= 0 else 4000
    done = 0
    while done < n:
        cs = [G.conversation() for _ in range(1000)]
        done += len(cs)
        flat = T.encode_batch([m for c in cs for _, m in c])
        k = 0
        for c in cs:
            ids = []
            for role, _ in c:
                e = flat[k].ids
                k += 1
                ids += HEAD[role] + ([t | FLAG for t in e] + [END | FLAG] if role == 'assistant' else e + [END]) + NL
            if len(ids) < 2000:
                out.append(np.array(ids + [EOT], np.uint16))
    x = np.concatenate(out)
    x.tofile(f'{a.out}/.{name}')
    os.replace(f'{a.out}/.{name}', f'{a.out}/{name}')
    return len(x)


def text(lines):
    return [np.array(e.ids + [EOT], np.uint16) for e in T.encode_batch([json.loads(l)['text'] for l in lines])]


if __name__ == '__main__':
    if a.dump:
        setup()
        G = ChatGenerator(F, S, a.seed - 5)
        with open(a.dump, 'w') as f:
            for _ in range(a.convs):
                for _, m in G.conversation():
                    f.write(m.replace('\n', ' ') + '\n')
        sys.exit()
    os.makedirs(a.out, exist_ok=True)
    with Pool(a.workers, setup) as p:
        first = [p.apply_async(shard, (i,)) for i in (-1,)]
        L = open(a.text, encoding='utf-8').readlines()
        B = [L[i : i + 200] for i in range(0, len(L), 200)]
        docs = [d for b in p.imap(text, B) for d in b]
        x = np.concatenate(docs)
        nv = 300000
        x[:nv].tofile(a.out + '/text_val.bin')
        x[nv:].tofile(a.out + '/.t')
        os.replace(a.out + '/.t', a.out + '/text.bin')
        print('text tokens', len(x), flush=True)
        print('chat tokens', sum(p.imap_unordered(shard, range(a.shards))), flush=True)
