"""Operations on a given text: counting, sorting, spelling, rewriting."""

from chat.words import ANIMALS, COLORS, DAYS, FOODS, ITEMS, JOBS, capitalise, plural


class TextTasks:
    def words_list(self, n):
        return [self.choose(self.simple_nouns) for _ in range(n)]

    def textop(self):
        r = self.random
        k = r.randrange(16)
        w = self.choose(self.simple_nouns)
        ws = self.words_list(r.randint(3, 5))
        s = self.sentence()
        if k == 0:
            return (
                self.phrase(
                    'Write "{s}" in upper case.',
                    'Make this uppercase: {s}',
                    'Convert to capital letters: {s}',
                    'Put this in all caps: {s}',
                    s=s,
                ),
                s.upper(),
                [s.upper()],
            )
        if k == 1:
            return (
                self.phrase(
                    'Write this in lower case: {s}',
                    'Make this lowercase: {s}',
                    'Convert to small letters: {s}',
                    'Turn this into lower case: {s}',
                    s=s.upper(),
                ),
                s.lower(),
                [s.lower()],
            )
        if k == 2:
            return (
                self.phrase(
                    'Repeat after me: {s}', 'Say: {s}', 'Repeat this: {s}', 'Please write exactly this: {s}', s=s
                ),
                s,
                [s],
            )
        if k == 3:
            return (
                self.phrase(
                    'Sort these words alphabetically: {x}',
                    'Put these words in alphabetical order: {x}',
                    'Sort alphabetically: {x}',
                    'Arrange in alphabetical order: {x}',
                    x=', '.join(ws),
                ),
                ', '.join(sorted(ws)),
                [', '.join(sorted(ws))],
            )
        if k == 4:
            return (
                self.phrase(
                    'What is the first word of this sentence? {s}',
                    'First word of: {s}',
                    'Give me the first word of "{s}"',
                    'Which word comes first in "{s}"?',
                    s=s,
                ),
                self.choose(['The first word is "{}".', '{}']).format(s.split()[0]),
                [s.split()[0]],
            )
        if k == 5:
            l = s.rstrip('.').split()[-1]
            return (
                self.phrase(
                    'What is the last word of this sentence? {s}',
                    'Last word of: {s}',
                    'Give me the last word of "{s}"',
                    'Which word comes last in "{s}"?',
                    s=s,
                ),
                self.choose(['The last word is "{}".', '{}']).format(l),
                [l],
            )
        if k == 6:
            n = len(s.split())
            return (
                self.phrase(
                    'How many words are in this sentence? {s}',
                    'Count the words: {s}',
                    'How many words does "{s}" have?',
                    'Tell me the number of words in: {s}',
                    s=s,
                ),
                f'It has {n} words.',
                [str(n)],
            )
        if k == 7:
            return (
                self.phrase(
                    'Make a numbered list of: {x}',
                    'Write {x} as a numbered list.',
                    'Turn this into a numbered list: {x}',
                    'Number these: {x}',
                    x=', '.join(ws),
                ),
                '\n'.join(f'{i + 1}. {y}' for i, y in enumerate(ws)),
                ['2. ' + ws[1]],
            )
        if k == 8:
            return (
                self.phrase(
                    'Make a bullet list of: {x}',
                    'Write {x} as bullet points.',
                    'Turn this into a bullet list: {x}',
                    'List these with dashes: {x}',
                    x=', '.join(ws),
                ),
                '\n'.join('- ' + y for y in ws),
                ['- ' + ws[1]],
            )
        if k == 9:
            return (
                self.phrase(
                    'What letter does "{w}" start with?',
                    'What is the first letter of {w}?',
                    'First letter of {w}?',
                    'With which letter does {w} begin?',
                    w=w,
                ),
                f'"{capitalise(w)}" starts with the letter {w[0].upper()}.',
                [w[0].upper()],
            )
        if k == 10:
            return (
                self.phrase(
                    'Spell {w}.', 'How do you spell {w}?', 'Spell the word "{w}".', 'Write {w} letter by letter.', w=w
                ),
                '-'.join(w.upper()),
                ['-'.join(w.upper())],
            )
        if k == 11:
            w2 = self.choose(ws)
            i = ws.index(w2)
            return (
                self.phrase(
                    'How many items are in this list: {x}?',
                    'Count these: {x}',
                    'How many things are these: {x}?',
                    'What is the number of entries in: {x}?',
                    x=', '.join(ws),
                ),
                f'There are {len(ws)}.',
                [str(len(ws))],
            )
        if k == 12:
            a, b = self.choose(COLORS), self.choose([x for x in COLORS if x != 'red'])
            y = f'The {self.thing()} is {a}.'
            return (
                self.phrase(
                    'Replace "{a}" with "{b}": {y}',
                    'Change {a} to {b} in this sentence: {y}',
                    'In "{y}", use {b} instead of {a}.',
                    'Swap the word {a} for {b}: {y}',
                    a=a,
                    b=b,
                    y=y,
                ),
                y.replace(a, b),
                [y.replace(a, b)],
            )
        if k == 13:
            i = r.randrange(len(ws))
            o = ['first', 'second', 'third', 'fourth', 'fifth'][i]
            return (
                self.phrase(
                    'What is the {o} word in this list: {x}?',
                    'Which word is {o}: {x}?',
                    'Give me the {o} item of: {x}',
                    'Name the {o} entry in: {x}',
                    o=o,
                    x=', '.join(ws),
                ),
                self.choose([f'The {o} word is "{ws[i]}".', ws[i]]),
                [ws[i]],
            )
        if k == 14:
            x = self.choose(ANIMALS)
            return (
                self.phrase(
                    'What is the plural of {w}?',
                    'plural of {w}',
                    'How do you say more than one {w}?',
                    'Give me the plural form of "{w}".',
                    w=x,
                ),
                f'The plural of "{x}" is "{plural(x)}".',
                [plural(x)],
            )
        y = s.rstrip('.').lower().split()
        return (
            self.phrase(
                'Say this backwards, word by word: {y}',
                'Reverse the order of these words: {y}',
                'Write these words in reverse order: {y}',
                'Turn the word order around: {y}',
                y=' '.join(y),
            ),
            ' '.join(reversed(y)),
            [' '.join(reversed(y))],
        )

    def sentence(self):
        n = self.name()
        k = self.random.randrange(8)
        return [
            f'{n} likes {self.choose(FOODS)}.',
            f'The {self.choose(ANIMALS)} sleeps under the {self.thing()}.',
            f'{n} has a {self.choose(COLORS)} {self.thing()}.',
            f'My {self.choose(ANIMALS)} is very {self.choose(["happy", "tired", "hungry", "small", "fast", "clever"])}.',
            f'We meet {n} on {self.choose(DAYS)} in {self.city()}.',
            f'There are {self.random.randint(2, 30)} {self.choose(ITEMS)} on the table.',
            f'{n} and {self.first_name()} go to {self.city()}.',
            f'The {self.choose(JOBS)} bought a {self.thing()}.',
        ][k]

    def rewrite(self):
        n = self.name()
        r = self.random
        k = r.randrange(5)
        f, _, c = self.choose(FOODS), self.choose(ANIMALS), self.city()
        if k == 0:
            v, p = self.choose(
                [
                    ('walk', 'walked'),
                    ('go', 'went'),
                    ('eat', 'ate'),
                    ('see', 'saw'),
                    ('play', 'played'),
                    ('run', 'ran'),
                    ('buy', 'bought'),
                    ('write', 'wrote'),
                    ('sing', 'sang'),
                    ('sleep', 'slept'),
                    ('come', 'came'),
                    ('drink', 'drank'),
                    ('give', 'gave'),
                    ('take', 'took'),
                    ('make', 'made'),
                    ('find', 'found'),
                ]
            )
            return (
                self.phrase(
                    'What is the past tense of "{v}"?',
                    'past tense of {v}',
                    'Give me the past tense of {v}.',
                    'How do you put "{v}" into the past?',
                    v=v,
                ),
                f'The past tense of "{v}" is "{p}".',
                [p],
            )
        if k == 1:
            s = f'{n} lives in {c}.'
            return (
                self.phrase(
                    'Make this a question: {s}',
                    'Turn this into a question: {s}',
                    'Rewrite as a question: {s}',
                    'Form a question from: {s}',
                    s=s,
                ),
                f'Does {n} live in {c}?',
                ['Does', n],
            )
        if k == 2:
            s = f'{n} likes {f}.'
            return (
                self.phrase(
                    'Make this negative: {s}',
                    'Negate this sentence: {s}',
                    'Rewrite with "not": {s}',
                    'Say the opposite: {s}',
                    s=s,
                ),
                f'{n} does not like {f}.',
                ['not like'],
            )
        if k == 3:
            x, y, z = n, self.first_name(), self.city()
            s = f'{x} met {y} in {z} last {self.choose(DAYS)}.'
            return (
                self.phrase(
                    'Which names are in this sentence? {s}',
                    'List the people in: {s}',
                    'Find the names of people: {s}',
                    'Extract the people from this sentence: {s}',
                    s=s,
                ),
                f'{x} and {y}.',
                [x, y],
            )
        m = r.randint(2, 90)
        s = f'On {self.choose(DAYS)} {n} sold {m} {self.choose(ITEMS)} in {c}.'
        return (
            self.phrase(
                'Which number is in this sentence? {s}',
                'Find the number: {s}',
                'Extract the number from: {s}',
                'What number appears here? {s}',
                s=s,
            ),
            str(m),
            [str(m)],
        )
