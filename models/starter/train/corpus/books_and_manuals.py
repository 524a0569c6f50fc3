"""Pretraining text from books, manuals and dictionaries."""

import glob
import html
import json
import os
import re


def add_books(corpus, sources):
    for f in sorted(glob.glob(sources.git + '/standardebooks+*')):
        n = os.path.basename(f)
        for p in sorted(sources.tree(n, 'src/epub/text/')):
            if not p.endswith('.xhtml') or re.search(
                r'colophon|imprint|titlepage|uncopyright|endnotes|halftitle|loi|dedication', p
            ):
                continue
            x = sources.show(n, p)
            x = re.sub(r'<head>.*?</head>', '', x, flags=re.S)
            for part in re.split(r'<article[^>]*>', x):
                t = re.sub(r'\s*\n\s*', ' ', part)
                t = re.sub(r'</(p|h\d|blockquote|li)>', '\n\n', t)
                t = html.unescape(re.sub(r'<[^>]+>', '', t))
                t = t.replace('\u2060', '').replace('\u200a', ' ').replace('\u00a0', ' ').replace('\ufeff', '')
                t = re.sub(r' *\n *', '\n', t)
                corpus.add_chunks('standardebooks', t)
    corpus.add_chunks('austen', sources.text('book_janeausten.txt').replace('--', '—'), limit=2_500_000)
    corpus.add_chunks('mobydick', sources.text('book_mobydick.txt'))
    lines = sources.text('book_bible_web.txt').split('\n')
    corpus.add_chunks(
        'bible-web', '\n\n'.join(' '.join(lines[i : i + 6]) for i in range(0, len(lines), 6)), limit=1_500_000
    )
    corpus.add_chunks('mhcc', sources.text('book_bible_mhcc.txt').replace('\n', '\n\n'), limit=1_000_000)
    corpus.add_chunks('sotu', sources.text('book_sotu.txt').replace('\n', '\n\n'), limit=3_500_000)


def add_manuals(corpus, sources):
    for f, lim in (
        ('doc_python3-doc.txt', 3_000_000),
        ('doc_libreoffice-help.txt', 2_000_000),
        ('doc_rust-book.txt', 1_200_000),
        ('doc_debian-handbook.txt', None),
    ):
        t = re.sub(r'(?m)^.*(¶|🔎︎).*$', lambda m: m[0].replace('¶', '').replace('🔎︎', ''), sources.text(f))
        corpus.add_chunks(f[4:-4], re.sub(r'\n(?!\n)', '\n\n', t), limit=lim)
    for p in re.split(r'\n\s*\n', sources.text('doc_gnome-user-docs.txt')):
        corpus.add('gnome-user-docs', p)


def add_dictionaries(corpus, sources):
    W = [json.loads(l) for l in sources.text('wordnet.jsonl').split('\n') if l]
    by = {w['id'] + w['pos'][0]: w for w in W}
    for w in W:
        t = f'{", ".join(w["words"])} ({w["pos"].split()[0]}): {w["definition"]}.'
        if w['examples']:
            t += ' For example: ' + '; '.join(f'"{e}"' for e in w['examples'][:3]) + '.'
        h = [by[i + w['pos'][0]]['words'][0] for i in w['hyper'][:1] if i + w['pos'][0] in by]
        if h and w['pos'] == 'noun':
            t += f' A kind of {h[0]}.'
        w['line'] = t
    corpus.random.shuffle(W)
    for i in range(0, len(W), 12):
        corpus.add('wordnet', '\n'.join(w['line'] for w in W[i : i + 12]))
    for f in ('dict-jargon', 'dict-devil'):
        for l in sources.text(f + '.jsonl').split('\n'):
            if l:
                corpus.add(f, re.sub(r'\{([^}]*)\}', r'\1', re.sub(r'\n +', ' ', json.loads(l)['text'])))
    for l in sources.text('dict-elements.jsonl').split('\n'):
        if l:
            corpus.add('elements', json.loads(l)['text'])
