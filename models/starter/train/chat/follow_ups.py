"""Multi-turn conversations that need what was said before."""

from chat.words import ANIMALS, COLORS, FOODS, capitalise, join_words, with_article


class FollowUps:
    def followup(self):
        """Multi-turn conversations that need what was said before."""
        r = self.random
        k = r.choice([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7])
        n = self.name()
        c, d = self.country(), self.country()
        out = []

        def U(s):
            return out.append(('user', self.noise(s)))

        def A(s):
            return out.append(('assistant', s))

        if k == 0:
            what = r.sample(['name', 'colour', 'pet', 'city', 'food'], r.randint(1, 3))
            v = dict(
                name=n, colour=self.choose(COLORS), pet=self.choose(ANIMALS), city=self.city(), food=self.choose(FOODS)
            )
            say = dict(
                name=self.phrase(
                    f'My name is {n}.',
                    f"I'm {n}.",
                    f'Hi, I am {n}.',
                    f'{n} here.',
                    f'You can call me {n}.',
                    f'Hello, my name is {n}!',
                    f"hi my name's {n}",
                    f'I go by {n}.',
                    f'They call me {n}.',
                ),
                colour=f'My favourite colour is {v["colour"]}.',
                pet=f'I have {with_article(v["pet"])}.',
                city=f'I live in {v["city"]}.',
                food=f'I like {v["food"]}.',
            )
            rep = dict(
                name=self.choose(
                    [f'Nice to meet you, {n}!', f'Hello {n}! How can I help you today?', f'Hi {n}, good to meet you.']
                ),
                colour=f'{capitalise(v["colour"])} is a lovely colour!',
                pet=f'How nice! {capitalise(with_article(v["pet"]))} is good company.',
                city=f'{v["city"]} sounds like an interesting place.',
                food=f'{capitalise(v["food"])} is a good choice!',
            )
            ask = dict(
                name=(
                    self.phrase(
                        'What is my name?',
                        'Do you remember my name?',
                        "What's my name?",
                        'Who am I?',
                        'Say my name.',
                        'Do you know what I am called?',
                    ),
                    self.choose([f'Your name is {n}.', f'You are {n}.']),
                ),
                colour=('What is my favourite colour?', f'Your favourite colour is {v["colour"]}.'),
                pet=('Which pet do I have?', f'You have {with_article(v["pet"])}.'),
                city=('Where do I live?', f'You live in {v["city"]}.'),
                food=('What do I like to eat?', f'You like {v["food"]}.'),
            )
            for w in what:
                U(say[w])
                A(rep[w])
            for _ in range(r.randint(0, 2)):
                _, q, x, _ = self.exchange()
                out += [('user', q), ('assistant', x)]
            w = self.choose(what)
            U(ask[w][0])
            A(ask[w][1])
            return out, [v[w]]
        if k in (1, 2):
            U(f'What is the capital of {c["name"]}?')
            A(f'The capital of {c["name"]} is {c["capital"]}.')
            if k == 1:
                U(
                    self.phrase(
                        'And of {n}?',
                        'And {n}?',
                        'What about {n}?',
                        'How about {n}?',
                        'And what is it in {n}?',
                        n=d['name'],
                    )
                )
                A(f'The capital of {d["name"]} is {d["capital"]}.')
                return out, [d['capital']]
            if c['cur'] and c['lang']:
                z = [
                    (
                        'What language do they speak there?',
                        f'In {c["name"]} people speak {join_words(c["lang"][:3])}.',
                        c['lang'][0],
                    ),
                    (
                        'And what is the currency?',
                        f'The currency of {c["name"]} is the {c["cur"][0][0]}.',
                        c['cur'][0][0],
                    ),
                    ('On which continent is it?', f'{c["name"]} is in {c["region"]}.', c['region']),
                ]
                r.shuffle(z)
                for q, x, y in z[: r.randint(1, 3)]:
                    U(q)
                    A(x)
                return out, [y]
        if k == 3:
            a, b = self.number(2), self.number(2)
            U(f'What is {a} + {b}?')
            A(f'{a} + {b} = {a + b}')
            v = a + b
            for _ in range(r.randint(1, 3)):
                e = r.randint(1, 20)
                if r.random() < 0.5:
                    U(self.phrase('Add {e}.', 'Now add {e}.', 'Plus {e}?', 'And add {e} to that.', e=e))
                    A(f'{v} + {e} = {v + e}')
                    v += e
                else:
                    U(self.phrase('Subtract {e}.', 'Now subtract {e}.', 'Minus {e}?', 'Take away {e} from that.', e=e))
                    A(f'{v} - {e} = {v - e}')
                    v -= e
            return out, [str(v)]
        if k == 4:
            for _ in range(60):
                w = self.word()
                s = self.facts['words'][w][0]
                if s[3] and s[4]:
                    break
            U(f'What does "{w}" mean?')
            A(f'"{capitalise(w)}" means: {s[2]}.')
            if s[4]:
                U(
                    self.phrase(
                        'Can you give me an example?',
                        'Example?',
                        'Use it in a sentence.',
                        'Show me an example sentence.',
                    )
                )
                A(capitalise(s[4][0]) + '.')
            if s[3]:
                U(
                    self.phrase(
                        'Is there a synonym?',
                        'Another word for it?',
                        'Do you know a synonym?',
                        'What is a similar word?',
                    )
                )
                A(f'A synonym is "{s[3][0]}".')
                return out, [s[3][0]]
            return out, [s[2][:10]]
        if k == 5:
            j = max((x for q, x in self.intents if 'tell me a joke' in q[0]), key=len)
            js = r.sample(j, min(len(j), 3))
            U(self.choose(['Tell me a joke.', 'Do you know a joke?', 'Make me laugh.']))
            A(js[0])
            for x in js[1 : 1 + r.randint(1, 2)]:
                U(self.phrase('Another one!', 'One more.', 'Tell me another one.', 'Do you have one more?'))
                A(x)
            return out, ['?']
        if k == 6:
            ctx, q, x, chk = self.grounded()
            out.append(('user', f'{ctx}\n\n{q}'))
            A(x)
            U(self.choose(['Thanks!', 'Thank you.', 'Great, thanks.']))
            A(self.choose(["You're welcome!", 'Happy to help!', "You're welcome! Is there anything else?"]))
            return out, ['welcome', 'Happy']
        x = self.choose(['hi', 'hello', 'good morning', 'hey'])
        U(capitalise(x) + '!')
        A('Hello! How can I help you today?')
        for _ in range(r.randint(1, 3)):
            _, q, y, _ = self.exchange()
            out += [('user', q), ('assistant', y)]
        U(self.choose(['Thanks!', 'Thank you, bye!', 'That is all, thanks.', 'Bye!']))
        A(self.choose(["You're welcome! Have a nice day.", 'Goodbye! Have a nice day.', "You're welcome! See you."]))
        return out, ['nice day', 'welcome', 'See you']
