"""System prompts that set a rule for the form of the answer."""

from chat.words import with_article


class SystemPrompts:
    def ruled(self):
        """System prompts that set a rule for the form of the answer."""
        r = self.random
        k = r.randrange(6)
        if k == 0:
            q, x, chk = self.textless()
            return [
                ('system', self.choose(['Always answer in upper case.', 'Write everything in capital letters.'])),
                ('user', self.noise(q)),
                ('assistant', x.upper()),
            ], [chk[0].upper()]
        if k == 1:
            q, x, chk = self.textless()
            w = self.choose(['Arr!', 'Meow.', 'Over and out.', 'Have a nice day!', 'Stay curious!', 'Hooray!'])
            return [('system', f'End every answer with "{w}"'), ('user', self.noise(q)), ('assistant', x + ' ' + w)], [
                w
            ]
        if k == 2:
            c = self.country()
            return [
                (
                    'system',
                    self.choose(
                        [
                            'Answer with one word only.',
                            'Answer in as few words as possible.',
                            'Reply with the answer only.',
                        ]
                    ),
                ),
                (
                    'user',
                    self.noise(
                        self.phrase(
                            'What is the capital of {n}?',
                            'Capital of {n}?',
                            'Which city is the capital of {n}?',
                            'Name the capital of {n}.',
                            n=c['name'],
                        )
                    ),
                ),
                ('assistant', c['capital']),
            ], [c['capital']]
        if k == 3:
            n = (
                self.name()
                if r.random() < 0.5
                else self.choose(['Captain Blue', 'Robo', 'Professor Owl', 'Sunny', 'Max the Dog', 'Luna'])
            )
            j = self.choose(
                ['a friendly robot', 'a pirate', 'a wise old owl', 'a cook', 'a teacher', 'a librarian', 'a gardener']
            )
            return [
                ('system', f'You are {n}, {j}.'),
                (
                    'user',
                    self.noise(
                        self.choose(['Who are you?', 'What is your name?', 'Introduce yourself.', 'What are you?'])
                    ),
                ),
                ('assistant', self.choose([f"I'm {n}, {j}.", f'My name is {n}, and I am {j}.'])),
            ], [n]
        if k == 4:
            w, ch = None, []
            while not ch:
                w = self.choose(self.simple_nouns)
                ch = self.facts['isa'].get(w, [])
            o = self.facts['isa'].get(self.choose(self.simple_nouns), [])
            yes = r.random() < 0.5
            u = ch[0] if yes else o[0] if o else 'plant'
            yes = u in ch
            return [
                ('system', 'Answer only with yes or no.'),
                ('user', self.noise(f'Is {with_article(w)} {with_article(u)}?')),
                ('assistant', 'Yes.' if yes else 'No.'),
            ], ['Yes' if yes else 'No']
        q, x, chk = self.textless()
        n = self.name()
        return [
            ('system', f'The user is called {n}. Greet the user by name.'),
            ('user', self.noise(q)),
            ('assistant', f'Hello {n}! {x}'),
        ], [n]

    def textless(self):
        return getattr(self, self.choose(['country_fact', 'arith', 'antonym', 'quizfact', 'mathmisc']))()
