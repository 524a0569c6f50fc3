"""Words, opposites, kinds and members from WordNet's dictionary files."""

import re

from corpus.unwanted import UNWANTED as BAD


def wordnet(folder):
    """words: word -> senses [class, count, definition, synonyms, examples, hypernym, offset], most used first."""
    cnt = {}
    for l in open(folder + '/index.sense'):
        k, off, _, c = l.split()
        lem, rest = k.split('%')
        pos = {'1': 'n', '2': 'v', '3': 'a', '4': 'r', '5': 'a'}[rest[0]]
        cnt[(lem, pos, off)] = int(c)
    syn = {}
    for pos, f in (('n', 'noun'), ('v', 'verb'), ('a', 'adj'), ('r', 'adv')):
        for l in open(f'{folder}/data.{f}'):
            if l.startswith(' '):
                continue
            left, gloss = l.split(' | ', 1)
            p = left.split()
            n = int(p[3], 16)
            ws = [re.sub(r'\(\w+\)$', '', w) for w in p[4 : 4 + 2 * n : 2]]
            q = p[4 + 2 * n :]
            k = int(q[0])
            ptr = [q[1 + 4 * i : 5 + 4 * i] for i in range(k)]
            ex = re.findall(r'"([^"]+)"', gloss)
            d = re.split(r';\s*"', gloss)[0].strip().rstrip(';').strip()
            syn[(pos, p[0])] = dict(w=[w.replace('_', ' ') for w in ws], d=d, ex=ex, ptr=ptr)
    words, ant, kids = {}, set(), {}
    for (pos, off), s in syn.items():
        for i, w in enumerate(s['w']):
            c = cnt.get((w.lower().replace(' ', '_'), pos, off), 0)
            hy = [syn[('n', t[1])]['w'][0] for t in s['ptr'] if t[0] == '@' and t[2] == 'n'][:1] if pos == 'n' else []
            if c > 0 and not BAD.search(s['d'] + ' ' + w) and len(w) > 1 and w[0].isalpha():
                words.setdefault(w, []).append(
                    [
                        pos,
                        c,
                        re.sub(r'^\([^)]*\)\s*', '', s['d']),
                        [x for x in s['w'] if x != w],
                        [e for e in s['ex'] if not BAD.search(e)][:3],
                        hy,
                        off,
                    ]
                )
            for t in s['ptr']:
                if t[0] == '!' and t[3] != '0000':
                    x, y = int(t[3][:2], 16), int(t[3][2:], 16)
                    if x == i + 1 and (t[2], t[1]) in syn:
                        o = syn[(t[2] if t[2] != 's' else 'a', t[1])]['w'][y - 1]
                        c2 = cnt.get((o.lower().replace(' ', '_'), t[2], t[1]), 0)
                        if c + c2 > 0:
                            ant.add((w, o, pos))
    for w in words:
        words[w].sort(key=lambda s: -s[1])
        words[w] = words[w][:4]
    isa = {}
    for w, ss in words.items():
        s = ss[0]
        if s[0] != 'n' or not w.islower():
            continue
        chain, off = [], s[6]
        while True:
            up = [t[1] for t in syn[('n', off)]['ptr'] if t[0] in '@' and t[2] == 'n']
            if not up or len(chain) > 12:
                break
            off = up[0]
            chain.append(syn[('n', off)]['w'][0])
        isa[w] = chain
        for c in chain[:3]:
            kids.setdefault(c, []).append((s[1], w))
    kids = {
        k: [w for _, w in sorted(v, reverse=True)][:40]
        for k, v in kids.items()
        if len(v) >= 5 and k in words and words[k][0][0] == 'n'
    }
    return {'words': words, 'antonyms': sorted(ant), 'isa': isa, 'kids': kids}
