"""Chemical elements and the quiz tables (states, collectives, baby animals, presidents)."""

import re

from chat.words import capitalise, with_article


class Reference:
    def element(self):
        e = self.choose(self.facts['elements'][:100])
        n = e['name']
        p = self.random.random()
        if p < 0.3:
            return (
                self.phrase(
                    'What is the chemical symbol for {n}?',
                    'What is the symbol of {n}?',
                    'symbol for {n}',
                    'Which symbol does {n} have?',
                    n=n,
                ),
                f'The symbol for {n} is {e["sym"]}.',
                [e['sym']],
            )
        if p < 0.5:
            return (
                self.phrase(
                    'What is the atomic number of {n}?',
                    'Atomic number of {n}?',
                    'Which atomic number does {n} have?',
                    'What number does {n} have in the periodic table?',
                    n=n,
                ),
                f'The atomic number of {n} is {e["num"]}.',
                [str(e['num'])],
            )
        if p < 0.7:
            return (
                self.phrase(
                    'Which element has the symbol {s}?',
                    'What element is {s}?',
                    'Which chemical element is written {s}?',
                    'What does {s} stand for in chemistry?',
                    s=e['sym'],
                ),
                f'{e["sym"]} is the symbol for {n}.',
                [n],
            )
        if p < 0.78:
            return (
                self.phrase(
                    'Which element has the atomic number {s}?',
                    'Element number {s}?',
                    'What is element {s}?',
                    'Which element is number {s} in the periodic table?',
                    s=e['num'],
                ),
                f'The element with the atomic number {e["num"]} is {n}.',
                [n],
            )
        if p < 0.85:
            return (
                self.phrase(
                    'What is the atomic weight of {n}?',
                    'atomic mass of {n}',
                    'How heavy is an atom of {n}?',
                    'What is the atomic mass of {n}?',
                    n=n,
                ),
                f'The atomic weight of {n} is about {e["wt"]}.',
                [e['wt'][:4]],
            )
        if not e['text']:
            return self.element()
        x = ' '.join(re.split(r'(?<=\.) (?=[A-Z])', e['text'])[: self.choose([2, 3, 4])])
        return (
            self.phrase(
                'Tell me about the element {n}.',
                'What is {n}?',
                'Describe the chemical element {n}.',
                'What do you know about {n}?',
                n=n,
            ),
            f'{capitalise(n)} is a chemical element with the symbol {e["sym"]} and the atomic number {e["num"]}. {x}',
            [e['sym']],
        )

    def quizfact(self):
        p = self.random.random()
        F = self.facts
        if p < 0.35:
            s, k = self.choose(F['states'])
            return self.choose(
                [
                    (
                        self.phrase(
                            'What is the capital of {s}?',
                            'What is the state capital of {s}?',
                            'Which city is the capital of the US state {s}?',
                            'Name the state capital of {s}.',
                            s=s,
                        ),
                        f'The capital of {s} is {k}.',
                        [k],
                    ),
                    (
                        self.phrase(
                            '{k} is the capital of which US state?',
                            'Which US state has the capital {k}?',
                            'Of which state is {k} the capital?',
                            'Which American state is governed from {k}?',
                            k=k,
                        ),
                        f'{k} is the capital of {s}.',
                        [s],
                    ),
                ]
            )
        if p < 0.6:
            g, k = self.choose(F['collectives'])
            return (
                self.phrase(
                    'What is a group of {g} called?',
                    'What do you call a group of {g}?',
                    'group of {g}',
                    'What is the word for a group of {g}?',
                    g=g,
                ),
                f'A group of {g} is called {with_article(k)}.',
                [k],
            )
        if p < 0.8:
            k, xs = self.choose([b for b in F['babies'] if b[1]])
            x = self.choose(xs)
            return (
                self.phrase(
                    'What is a baby {x} called?',
                    'What do you call a young {x}?',
                    'baby {x}?',
                    'How is a young {x} called?',
                    x=x,
                ),
                f'A baby {x} is called {with_article(k)}.',
                [k],
            )
        i = self.random.randrange(len(F['presidents']))
        b, nme, yrs = F['presidents'][i]

        def cl(s):
            return re.sub(r'[{}]', '', s).strip()

        nme, yrs = cl(nme), cl(yrs)
        if not re.match(r'^[A-Z][\w. ]+$', nme) or not re.match(r'^1\d{3}-1\d{3}$', yrs):
            return self.quizfact()
        return (
            self.phrase(
                'When was {n} president of the United States?',
                'In which years was {n} president?',
                'When was {n} in office?',
                'During which years did {n} serve as president?',
                n=nme,
            ),
            f'{nme} was president from {yrs.split("-")[0]} to {yrs.split("-")[1]}.',
            [yrs.split('-')[0]],
        )
