"""Chemical elements, and the tables of the BSD quiz game."""

import re


def plain(s):
    s = re.sub(r'\{[^}]*\}', '', s)
    s = s.split('|')[0] if '[' not in s else re.sub(r'\[([^\]|]*)[^\]]*\]', r'\1', s).split('|')[0]
    return s.replace('\b', '').strip()


def full(s):
    return re.sub(r'[{}]', '', re.sub(r'\[([^\]|]*)[^\]]*\]', r'\1', s)).split('|')[0].strip()


def elements(sources):
    el = []
    for e in sources.json_lines('dict-elements.jsonl'):
        m = re.search(r'Symbol: (\w+)\nAtomic number: (\d+)\nAtomic weight: \(?([\d.]+)', e['text'])
        if m:
            el.append(
                dict(
                    name=e['head'],
                    sym=m[1],
                    num=int(m[2]),
                    wt=m[3],
                    text=re.sub(r'\s+', ' ', e['text'].split('\n', 4)[-1]).strip() if e['text'].count('\n') > 3 else '',
                )
            )
    return sorted(el, key=lambda x: x['num'])


def quiz_tables(sources):
    tables = {}
    raw = sources.json_lines('bsdgames_quiz.jsonl')
    tables['babies'] = [
        [plain(r['cols'][0]), [w for w in r['cols'][1].split('|') if w.isalpha()]] for r in raw if r['cat'] == 'babies'
    ]
    tables['collectives'] = [
        [plain(r['cols'][0]), plain(r['cols'][1])]
        for r in raw
        if r['cat'] == 'collectives'
        and plain(r['cols'][0]).replace(' ', '').isalpha()
        and plain(r['cols'][1]).replace(' ', '').isalpha()
    ]
    tables['states'] = [[full(r['cols'][0]), full(r['cols'][1])] for r in raw if r['cat'] == 'state']
    tables['presidents'] = [
        [plain(r['cols'][2]) if len(r['cols']) > 2 else '', r['cols'][0], r['cols'][1]]
        for r in raw
        if r['cat'] == 'pres'
    ]
    tables['opposites'] = [[plain(r['cols'][0]), plain(r['cols'][1])] for r in raw if r['cat'] == 'posneg']
    return tables
