"""What every template uses: the seeded random choices, the facts indexed, names, numbers and places."""

import random
import re

from chat.words import (
    CITIES,
    CODAS,
    COLORS,
    EVALUATION_NAMES,
    FIRST_NAMES,
    JOBS,
    LAST_NAMES,
    NUMBER_WORDS,
    ONSETS,
    THINGS,
    VOWELS,
    capitalise,
)


class Base:
    def __init__(self, facts, smalltalk, seed, split='train'):
        self.random, self.facts, self.split = random.Random(seed), facts, split
        self.intents = []
        for l in smalltalk:
            l = l.rstrip('\n')
            if not l or l.startswith('#'):
                continue
            q, x = l.split(' => ')
            self.intents.append(
                ([p.strip() for p in q.split(' | ')], [t.strip().replace('\\n', '\n') for t in x.split(' | ')])
            )
        self.words = [w for w in facts['words'] if re.fullmatch(r"[a-z][a-z '-]+", w)]
        self.cumulative_weights, s = [], 0.0
        for w in self.words:
            s += (sum(t[1] for t in facts['words'][w]) + 1) ** 0.45
            self.cumulative_weights.append(s)
        self.simple_nouns = [
            w for w in self.words if facts['words'][w][0][0] == 'n' and ' ' not in w and facts['words'][w][0][1] >= 3
        ]
        self.countries = [c for c in facts['countries'] if c['capital'] and c['un']] + [
            c
            for c in facts['countries']
            if c['name'] in ('Taiwan', 'Kosovo', 'Vatican City', 'Greenland', 'Puerto Rico')
        ]
        self.country_weights = [max(c['pop'], 1) ** 0.3 for c in self.countries]
        self.regions = {}
        for c in self.countries:
            self.regions.setdefault(c['sub'], []).append(c['name'])
            self.regions.setdefault(c['region'], []).append(c['name'])
        self.antonyms = [x for x in facts['antonyms'] if x[0].islower() and x[1].islower() and ' ' not in x[0] + x[1]]
        self.categories = [k for k in facts['kids'] if ' ' not in k and len(facts['kids'][k]) >= 5]

    def choose(self, xs):
        return self.random.choice(xs)

    def phrase(self, *xs, **k):
        """Choose a phrasing; the last one of four or more is kept for evaluation."""
        xs = list(xs)
        if len(xs) >= 4:
            xs = xs[-1:] if self.split == 'eval' else xs[:-1]
        s = self.choose(xs)
        return s.format(**k) if k else s

    def name(self):
        return self.choose(EVALUATION_NAMES) if self.split == 'eval' else self.first_name()

    def made_up_name(self):
        """A made-up, pronounceable name: copying must not depend on a list."""
        w = ''.join(
            self.choose(ONSETS) + self.choose(VOWELS) + (self.choose(CODAS) if i else '')
            for i in range(self.choose([2, 2, 2, 3]))
        )[: self.choose([5, 6, 7, 8, 10])]
        return capitalise(w) if len(w) > 2 else capitalise(w) + 'na'

    def first_name(self):
        return self.choose(FIRST_NAMES) if self.split == 'eval' or self.random.random() < 0.35 else self.made_up_name()

    def last_name(self):
        return self.choose(LAST_NAMES) if self.random.random() < 0.4 else self.made_up_name()

    def city(self):
        return (
            self.choose(CITIES)
            if self.random.random() < 0.5
            else self.made_up_name() + self.choose(['', '', '', 'ville', 'burg', 'ton', ' City', ' Bay'])
        )

    def thing(self):
        return self.choose(THINGS) if self.random.random() < 0.5 else self.choose(self.simple_nouns)

    def word(self):
        return self.random.choices(self.words, cum_weights=self.cumulative_weights)[0]

    def country(self):
        return self.random.choices(self.countries, self.country_weights)[0]

    def number(self, hi=3):
        k = self.random.choices([1, 2, 3, 4], [3, 5, 3, 1])[0]
        k = min(k, hi)
        return self.random.randint(0 if k == 1 else 10 ** (k - 1), 10**k - 1)

    def expand(self, s):
        while '(' in s:
            s = re.sub(r'\(([^()]*)\)', lambda m: self.choose(m[1].split('|')), s, 1)
        return re.sub(r' +', ' ', s).strip()

    def fill(self, q, x):
        if '{' not in q + x:
            return q, x
        col = self.choose(COLORS)
        v = {
            '{N}': self.name() if self.random.random() < 0.7 else self.first_name(),
            '{C}': self.choose(CITIES + [self.country()['name']]),
            '{A}': str(self.random.randint(8, 80)),
            '{J}': self.choose(JOBS),
            '{K+}': capitalise(col),
            '{K}': col,
            '{S}': self.choose(NUMBER_WORDS[2:7]),
        }
        for k, s in v.items():
            q, x = q.replace(k, s), x.replace(k, s)
        return q, x
