"""Questions about countries."""

from chat.words import capitalise, join_words, thousands


class Countries:
    def country_fact(self):
        c = self.country()
        n = c['name']
        r = self.random
        k = r.choices(
            [
                'capital',
                'rev',
                'yn',
                'cur',
                'lang',
                'region',
                'borders',
                'ybord',
                'pop',
                'area',
                'demonym',
                'landlocked',
                'tld',
                'dish',
                'high',
                'loc',
                'climate',
                'res',
                'about',
                'cmp',
                'list',
                'official',
            ],
            [22, 8, 5, 9, 9, 7, 6, 4, 6, 3, 4, 3, 1, 2, 4, 5, 3, 3, 6, 4, 4, 2],
        )[0]
        the = (
            'the '
            if n
            in (
                'United States',
                'United Kingdom',
                'Netherlands',
                'Philippines',
                'Bahamas',
                'Gambia',
                'Maldives',
                'Czech Republic',
                'Dominican Republic',
                'Central African Republic',
                'United Arab Emirates',
            )
            else ''
        ) + n
        T = capitalise(the)
        if k == 'capital':
            q = self.phrase(
                'What is the capital of {n}?',
                'Capital of {n}?',
                "What's the capital city of {n}?",
                'Which city is the capital of {n}?',
                'Tell me the capital of {n}.',
                'Name the capital of {n}.',
                '{n} capital?',
                'Do you know the capital of {n}?',
                n=the,
            )
            return (
                q,
                self.choose(
                    [f'The capital of {the} is {c["capital"]}.'] * 3
                    + [f'{c["capital"]} is the capital of {the}.', f'It is {c["capital"]}.']
                ),
                [c['capital']],
            )
        if k == 'rev':
            q = self.phrase(
                '{c} is the capital of which country?',
                'Which country has {c} as its capital?',
                'What country is {c} the capital of?',
                'Of which country is {c} the capital?',
                c=c['capital'],
            )
            return q, f'{c["capital"]} is the capital of {the}.', [n]
        if k == 'yn':
            o = self.country()['capital'] if r.random() < 0.5 else c['capital']
            q = self.phrase(
                'Is {o} the capital of {n}?',
                'Is the capital of {n} {o}?',
                '{o} is the capital of {n}, right?',
                'Am I right that {o} is the capital of {n}?',
                o=o,
                n=the,
            )
            return (
                (q, f'Yes, {o} is the capital of {the}.', ['Yes'])
                if o == c['capital']
                else (q, f'No, the capital of {the} is {c["capital"]}.', ['No', c['capital']])
            )
        if k == 'cur' and c['cur']:
            x = c['cur'][0]
            q = self.phrase(
                'What is the currency of {n}?',
                'What money do they use in {n}?',
                'Which currency is used in {n}?',
                'currency of {n}',
                'What do people pay with in {n}?',
                n=the,
            )
            return q, f'The currency of {the} is the {x[0]}' + (f' ({x[2]}).' if r.random() < 0.5 else '.'), [x[0]]
        if k == 'lang' and c['lang']:
            q = self.phrase(
                'What language do they speak in {n}?',
                'What languages are spoken in {n}?',
                'Which language is spoken in {n}?',
                'What is the official language of {n}?',
                'What do people in {n} speak?',
                n=the,
            )
            return (
                q,
                (
                    f'In {the} people speak {join_words(c["lang"][:4])}.'
                    if len(c['lang']) > 1
                    else f'The official language of {the} is {c["lang"][0]}.'
                ),
                [c['lang'][0]],
            )
        if k == 'region':
            reg = c['region'] if c['region'] != 'Americas' else c['sub']
            q = self.phrase(
                'Where is {n}?',
                'On which continent is {n}?',
                'Which continent is {n} in?',
                'In which part of the world is {n}?',
                n=the,
            )
            return (
                q,
                self.choose(
                    [f'{T} is in {reg}.', f'{T} is a country in {c["sub"]}.'] if c['sub'] else [f'{T} is in {reg}.']
                ),
                [c['region'] if c['region'] != 'Americas' else 'America'],
            )
        if k == 'borders':
            q = self.phrase(
                'Which countries border {n}?',
                'What are the neighbours of {n}?',
                'Which countries are next to {n}?',
                'What countries does {n} border?',
                'Name the neighbouring countries of {n}.',
                n=the,
            )
            return (
                q,
                (f'{T} borders {join_words(c["borders"])}.' if c['borders'] else f'{T} has no land borders.'),
                c['borders'][:1] or ['no land'],
            )
        if k == 'ybord' and c['borders']:
            yes = r.random() < 0.5
            o = self.choose(c['borders']) if yes else self.country()['name']
            yes = o in c['borders']
            if o == n:
                return self.country_fact()
            return (
                self.phrase(
                    'Does {n} border {o}?',
                    'Is {n} next to {o}?',
                    'Do {n} and {o} share a border?',
                    'Is there a border between {n} and {o}?',
                    n=the,
                    o=o,
                ),
                (f'Yes, {the} borders {o}.' if yes else f'No, {the} does not border {o}.'),
                ['Yes' if yes else 'No'],
            )
        if k == 'pop' and c['pop']:
            m = c['pop'] / 1e6
            x = (
                f'about {m:.0f} million'
                if m >= 10
                else f'about {m:.1f} million'
                if m >= 1
                else f'about {round(c["pop"], -3):,}'
            )
            return (
                self.phrase(
                    'How many people live in {n}?',
                    'What is the population of {n}?',
                    'population of {n}',
                    'How big is the population of {n}?',
                    'How many inhabitants does {n} have?',
                    n=the,
                ),
                f'{capitalise(x)} people live in {the}.' if r.random() < 0.5 else f'The population of {the} is {x}.',
                [x.split()[1]],
            )
        if k == 'area':
            return (
                self.phrase(
                    'How big is {n}?',
                    'What is the area of {n}?',
                    'How large is {n}?',
                    'How many square kilometres does {n} have?',
                    n=the,
                ),
                f'{T} has an area of about {thousands(c["area"])} square kilometres.',
                [thousands(c['area'])],
            )
        return self.country_detail(k, c, the) or self.country_fact()
