"""Questions with answers, and short texts: trivia, school maths, SQuAD, fables, how-to pages, interviews, dialogues."""

import csv
import html
import io
import json
import os
import re

from corpus.unwanted import UNWANTED as BAD


def trivia(sources):
    tr = []
    for p in sources.tree('uberspot+OpenTriviaQA', 'categories'):
        cat = os.path.basename(p)
        if cat in ('newest', 'rated'):
            continue
        for m in re.finditer(r'#Q ((?:.|\n)*?)\n\^ (.*)\n((?:[A-D] .*\n?)+)', sources.show('uberspot+OpenTriviaQA', p)):
            q, x, ch = m[1].strip(), m[2].strip(), [c[2:].strip() for c in m[3].strip().split('\n')]
            if len(q) < 220 and x in ch and not BAD.search(q + x) and '\ufffd' not in q + x and len(x) < 80:
                tr.append([cat, q, x, ch])
    return tr


def school_maths(sources):
    return [
        [j['question'], re.sub(r'<<.*?>>', '', j['answer']).replace('####', 'Answer:')]
        for j in map(
            json.loads,
            filter(None, sources.show('openai+grade-school-math', 'grade_school_math/data/train.jsonl').split('\n')),
        )
    ]


def squad(sources):
    """[context, question, answer]; the copies are damaged JSON, so they are read by pattern."""
    sq = []
    for s in (sources.show('ermeba+jupiter_bert', 'train-v1.1.json'), sources.show('maddy6+ccs', 'train-v1.1.json')):
        st = r'"((?:[^"\\]|\\.)*)"'
        for blk in re.split(r'(?="context": ?")', s)[1:]:
            c = (
                json.loads('"' + re.match(r'"context": ?' + st, blk)[1] + '"')
                if re.match(r'"context": ?' + st, blk)
                else None
            )
            if not c or len(c) > 1200:
                continue
            for m in re.finditer(r'"answers": ?\[\{(.*?)\}.*?\], ?"question": ?' + st, blk):
                x = re.search(r'"text": ?' + st, m[1])
                if x:
                    sq.append([c, json.loads('"' + m[2] + '"'), json.loads('"' + x[1] + '"')])
        for blk in re.split(r'(?="context": ?")', s)[1:]:
            c = re.match(r'"context": ?' + st, blk)
            if not c or len(c[1]) > 1200:
                continue
            for m in re.finditer(r'"question": ?' + st + r'[^{}]*"answers": ?\[\{(.*?)\}', blk):
                x = re.search(r'"text": ?' + st, m[2])
                if x:
                    sq.append(
                        [json.loads('"' + c[1] + '"'), json.loads('"' + m[1] + '"'), json.loads('"' + x[1] + '"')]
                    )
    return [list(t) for t in dict.fromkeys(map(tuple, sq))]


def fables(sources):
    x = sources.show('standardebooks+aesop_fables_v-s-vernon-jones', 'src/epub/text/fables.xhtml')
    fab = []
    for m in re.finditer(r'<h2[^>]*>(.*?)</h2>(.*?)</article>', x, re.S):
        t = html.unescape(re.sub(r'<[^>]+>', '', re.sub(r'</p>', '\n', m[2])))
        t = re.sub(r'\s*\n\s*', '\n', t).strip().replace('\u2060', '').replace('\u00a0', ' ')
        h = html.unescape(re.sub(r'<[^>]+>', '', m[1]))
        if len(t) < 1500:
            fab.append([h, t])
    return fab


def how_to_pages(sources):
    how = []
    for p in re.split(r'\n\s*\n', sources.text('doc_gnome-user-docs.txt')):
        L = p.strip().split('\n')
        if len(L) > 3 and 8 < len(L[0]) < 60 and not L[0].endswith(('.', ':')) and len(p) < 1800:
            how.append([L[0], L[1:]])
    return how


def interviews(sources):
    return [
        [j['q'], re.sub(r'^### .*\n+', '', j['a'])]
        for j in sources.json_lines('interview_qa.jsonl')
        if len(j['a']) < 900 and len(j['a']) > 60
    ]


def persona_dialogues(sources):
    pc = []
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
            if len(r) > 2 and not BAD.search(r[2]):
                t = [l.strip() for l in r[2].split('\n') if l.strip()]
                if len(t) >= 4 and all(l.startswith('User 1:' if i % 2 == 0 else 'User 2:') for i, l in enumerate(t)):
                    pc.append([r[1], [l[7:].strip() for l in t][:12]])
    return pc
