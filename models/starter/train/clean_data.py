"""Take slurs and obscene words out of the training data: whole entries of facts, single paragraphs or sentences of text.

usage: clean_data.py text.jsonl.xz facts.json.xz       (both are rewritten; prints what was dropped)

The word list is rot13, so that nobody has to read it. It is deliberately broad: an innocent sentence lost costs nothing.
"""

import codecs
import collections
import json
import lzma
import re
import sys

WORDS = """avtt\\j* xvxrf? fcvpf? puvaxf? tbbxf? jrgonpx\\j* pbbaf? qnexl qnexvrf? cvpxnavaal pnaavonyf? snttbg\\j* sntf? genaavrf? genaal ergneqf? ergneqrq
phag\\j* shpx\\j* zbgureshpx\\j* fuvg\\j* ohyyfuvg\\j* ovgpu\\j* juber\\j* fyhg\\j* cvff\\j* nffubyr\\j* jnax\\j* gheq\\j* enc(r|rf|rq|vfg|vfgf|vat) cbea\\j*
artebr?f? arterffr?f? artebvq\\j* fdhnj\\j* unys-?oerrqf? wncf? vawhaf? cnxvf? jbtf? qntbf? jbcf? xnssve\\j* zhynggb\\j* ubggragbg\\j* unysoerrqf? cbynpxf? xenhgf? qlxrf? ybyvgn\\j* crqbcuvy\\j* orfgvnyvg\\j*
vaprfg\\j* betnfz\\j* znfgheong\\j* cravf\\j* intvan\\j* pyvgbe\\j* pbvghf\\j* sryyngvb phaavyvat\\j* fbqbzl fbqbzvg\\j* frzra rwnphyng\\j* rerpgvba cebfgvghg\\j* uneybgf? ubbxre\\j* cvzcf?\\j*"""
BAD = re.compile(r'\b(' + '|'.join(codecs.decode(WORDS, 'rot13').split()) + r')\b', re.I)
MARKED = re.compile(
    r'\b(ethnic slur|racial slur|slur|offensive (term|name|word)|disparaging|derogatory|vulgar|obscene|obscenities|taboo)\b',
    re.I,
)
dropped = collections.Counter()


def bad(x):
    return bool(BAD.search(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False)))


def clean_text(doc):
    """A document without the sentences that match; paragraphs that lose all are gone."""
    if not BAD.search(doc) and not MARKED.search(doc):
        return doc
    out = []
    for par in doc.split('\n'):
        if BAD.search(par) or MARKED.search(par):
            keep = [s for s in re.split(r'(?<=[.!?;])\s+', par) if not BAD.search(s) and not MARKED.search(s)]
            dropped['sentences'] += 1
            par = ' '.join(keep) if len(keep) > 1 else ''
            if not par:
                continue
        out.append(par)
    return '\n'.join(out)


def clean_facts(F):
    words = {}
    for w, senses in F['words'].items():
        left = [
            [*s[:3], [y for y in s[3] if not bad(y)], [e for e in s[4] if not bad(e)], *s[5:]]
            for s in senses
            if not bad(s[2]) and not MARKED.search(s[2])
        ]
        if bad(w) or not left:
            dropped['words'] += 1
        else:
            words[w] = left
    gone = set(F['words']) - set(words)
    F['words'] = words
    for k, v in F.items():
        if k == 'words':
            continue
        n = len(v)
        if k in ('isa', 'kids'):
            F[k] = {
                w: [x for x in xs if x not in gone and not bad(x)]
                for w, xs in v.items()
                if w not in gone and not bad(w)
            }
        elif isinstance(v, list):
            F[k] = [x for x in v if not bad(x)]
        dropped[k] += n - len(F[k])
    return F


if __name__ == '__main__':
    text, facts = sys.argv[1:]
    docs = [json.loads(l) for l in lzma.open(text, 'rt', encoding='utf-8')]
    before = sum(len(d['text']) for d in docs)
    for d in docs:
        d['text'] = clean_text(d['text'])
    docs = [d for d in docs if len(d['text']) > 200 or d['text'].strip()]
    with lzma.open(text, 'wt', encoding='utf-8', preset=9 | lzma.PRESET_EXTREME) as f:
        f.writelines(json.dumps(d, ensure_ascii=False) + '\n' for d in docs)
    F = clean_facts(json.load(lzma.open(facts, 'rt', encoding='utf-8')))
    with lzma.open(facts, 'wt', encoding='utf-8', preset=9 | lzma.PRESET_EXTREME) as f:
        json.dump(F, f, ensure_ascii=False)
    print('characters of text', before, '->', sum(len(d['text']) for d in docs), dict(dropped))
