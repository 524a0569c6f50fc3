"""Rarer questions about countries, comparisons, lists, and a paragraph about one of them."""

import re

from chat.words import NUMBER_WORDS, capitalise, join_words, with_article


class CountryDetails:
    def country_detail(self, k, c, the):
        """None where the facts of this country have no answer for the kind of question `k`."""
        n, r, T = c['name'], self.random, capitalise(the)
        if k == 'demonym' and c['demonym']:
            return (
                self.phrase(
                    'What do you call someone from {n}?',
                    'What are people from {n} called?',
                    'What is a person from {n} called?',
                    'How do you call a person from {n}?',
                    n=the,
                ),
                f'Someone from {the} is called {with_article(c["demonym"])}.'
                if r.random() < 0.5
                else f'A person from {the} is {c["demonym"]}.',
                [c['demonym']],
            )
        if k == 'landlocked':
            return (
                self.phrase(
                    'Is {n} landlocked?',
                    'Does {n} have a coast?',
                    'Does {n} lie by the sea?',
                    'Does {n} have access to the sea?',
                    n=the,
                ),
                (
                    f'{T} is landlocked; it has no coast.'
                    if c['landlocked']
                    else f'{T} is not landlocked; it has a coast.'
                ),
                ['no coast' if c['landlocked'] else 'has a coast'],
            )
        if k == 'tld' and c['tld']:
            return (
                self.phrase(
                    'What is the internet domain of {n}?',
                    'Which top-level domain does {n} use?',
                    'What is the country domain of {n}?',
                    'Which web ending belongs to {n}?',
                    n=the,
                ),
                f'The top-level domain of {the} is {c["tld"]}.',
                [c['tld']],
            )
        if k == 'dish' and c['dish']:
            return (
                self.phrase(
                    'What is the national dish of {n}?',
                    'What do people eat in {n}?',
                    'Name a typical dish from {n}.',
                    'What food is {n} known for?',
                    n=the,
                ),
                f'A typical dish of {the} is {c["dish"].split(",")[0].strip()}.',
                [c['dish'].split(',')[0].strip()],
            )
        if k == 'high' and c['high']:
            return (
                self.phrase(
                    'What is the highest mountain in {n}?',
                    'What is the highest point of {n}?',
                    'Which mountain is the highest in {n}?',
                    'Name the highest point in {n}.',
                    n=the,
                ),
                f'The highest point of {the} is {c["high"][0]}, at {c["high"][1]} metres.',
                [c['high'][0]],
            )
        if k == 'loc' and c['loc']:
            return (
                self.phrase(
                    'Where exactly is {n}?',
                    'Describe the location of {n}.',
                    'Where is {n} located?',
                    'Where can I find {n} on a map?',
                    n=the,
                ),
                f'{T} is located here: {c["loc"]}.',
                [c['loc'][:20]],
            )
        if k == 'climate' and c['climate']:
            return (
                self.phrase(
                    'What is the climate of {n}?',
                    'What is the weather like in {n}?',
                    'How is the climate in {n}?',
                    'What kind of climate does {n} have?',
                    n=the,
                ),
                f'The climate of {the}: {c["climate"]}.',
                [c['climate'][:12]],
            )
        if k == 'res' and c['res']:
            return (
                self.phrase(
                    'What natural resources does {n} have?',
                    'Which resources are found in {n}?',
                    'Name some natural resources of {n}.',
                    'What is mined or found in {n}?',
                    n=the,
                ),
                f'Natural resources of {the} include {c["res"]}.',
                [c['res'].split(',')[0]],
            )
        if k == 'official':
            return (
                self.phrase(
                    'What is the official name of {n}?',
                    'What is the full name of {n}?',
                    'official name of {n}',
                    'How is {n} officially called?',
                    n=the,
                ),
                f'The official name of {the} is {c["official"]}.',
                [c['official']],
            )
        if k == 'cmp':
            o = self.country()
            if o['name'] == n or not o['pop'] or not c['pop']:
                return self.country_fact()
            if r.random() < 0.5:
                w = max((c, o), key=lambda x: x['pop'])['name']
                return (
                    self.phrase(
                        'Which has more people, {n} or {o}?',
                        'Which country has more inhabitants, {n} or {o}?',
                        'Does {n} or {o} have more people?',
                        'Who has the bigger population, {n} or {o}?',
                        n=the,
                        o=o['name'],
                    ),
                    f'{capitalise(w)} has more people.',
                    [w],
                )
            w = max((c, o), key=lambda x: x['area'])['name']
            return (
                self.phrase(
                    'Which is bigger, {n} or {o}?',
                    'Which country is larger, {n} or {o}?',
                    'Is {n} or {o} bigger?',
                    'Which one is larger by area, {n} or {o}?',
                    n=the,
                    o=o['name'],
                ),
                f'{capitalise(w)} is bigger.',
                [w],
            )
        if k == 'list':
            s = self.choose([x for x in self.regions if len(self.regions[x]) >= 5 and x])
            m = self.choose([3, 4, 5])
            ys = r.sample(self.regions[s], m)
            return (
                self.phrase(
                    'Name {m} countries in {s}.',
                    'List {m} countries in {s}.',
                    'Give me {m} countries from {s}.',
                    'Can you name {m} countries that are in {s}?',
                    m=self.choose([str(m), NUMBER_WORDS[m]]),
                    s=s,
                ),
                join_words(ys) + '.' if r.random() < 0.5 else '\n'.join('- ' + y for y in ys),
                self.regions[s],
            )
        if k == 'about':
            x = f'{T} is a country in {c["sub"] or c["region"]}. Its capital is {c["capital"]}'
            if c['lang']:
                x += f', and people there speak {join_words(c["lang"][:3])}'
            x += '.'
            if c['cur']:
                x += f' The currency is the {c["cur"][0][0]}.'
            if c['borders'] and r.random() < 0.5:
                x += f' It borders {join_words(c["borders"][:6])}.'
            if c['back'] and r.random() < 0.35:
                x += ' ' + re.split(r'(?<=[a-z)]\.) ', c['back'])[0]
            return (
                self.phrase(
                    'Tell me about {n}.',
                    'What do you know about {n}?',
                    'Give me some facts about {n}.',
                    'Describe {n}.',
                    'What is {n}?',
                    'Can you tell me a little about {n}?',
                    n=the,
                ),
                x,
                [c['capital']],
            )
        return None
