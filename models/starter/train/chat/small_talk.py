"""Hand-written intents (intents/*.txt), things nobody can know, and role play."""

import re

from chat.words import SYLLABLES, capitalise


class SmallTalk:
    def smalltalk(self):
        qs, xs = self.choose(self.intents)
        if len(qs) >= 4:
            qs = qs[-1:] if self.split == 'eval' else qs[:-1]
        q, x = self.fill(self.expand(self.choose(qs)), self.choose(xs))
        if not q.endswith(('?', '!', '.')) and re.match(
            r'(what|who|where|when|why|how|which|are|is|do|does|can|will|should|have|may)\b', q
        ):
            q += '?'
        q = re.sub(r'\bi\b', 'I', q)
        return q, x, ([x] if '{' in str(xs) else xs)

    def unknown(self):
        r = self.random
        n = self.first_name() + ' ' + capitalise(''.join(self.choose(SYLLABLES) for _ in range(2)))
        w = ''.join(self.choose(SYLLABLES) for _ in range(self.choose([2, 3])))
        if w in self.facts['words']:
            w += 'ix'
        p = r.random()
        if p < 0.4:
            return (
                self.phrase(
                    'Who is {n}?',
                    'Who was {n}?',
                    'Tell me about {n}.',
                    'What do you know about {n}?',
                    'Have you heard of {n}?',
                    n=n,
                ),
                self.choose(
                    [
                        f"I don't know anyone called {n}.",
                        f"I'm sorry, I don't know who {n} is.",
                        f"I don't know {n}. Can you tell me more?",
                    ]
                ),
                ["don't know"],
            )
        if p < 0.7:
            return (
                self.phrase(
                    'What is {w}?',
                    'What does {w} mean?',
                    'Define {w}.',
                    'What is the meaning of "{w}"?',
                    'Can you explain the word {w}?',
                    w=w,
                ),
                self.choose(
                    [
                        f'I don\'t know the word "{w}".',
                        f'I\'m not sure what "{w}" means. Could you check the spelling?',
                        f'Sorry, I don\'t know what "{w}" means.',
                    ]
                ),
                [w],
            )
        if p < 0.85:
            W = capitalise(w)
            return (
                self.phrase(
                    'What is the capital of {W}?',
                    'Where is {W}?',
                    'How many people live in {W}?',
                    'Which language is spoken in {W}?',
                    W=W,
                ),
                self.choose(
                    [f"I don't know a country called {W}.", f"I'm not sure where {W} is. Is that a real place?"]
                ),
                [W],
            )
        return (
            self.phrase(
                'Who will win the next election?',
                'What will the weather be next week?',
                'What is my name?',
                'Where did I put my keys?',
                'What did I eat yesterday?',
                'What is my phone number?',
                'Who won the game yesterday?',
                'What is the price of gold today?',
                'How old is my brother?',
            ),
            self.choose(["I don't know that.", "I can't know that, I'm afraid.", "I don't have that information."]),
            ["don't", "can't"],
        )

    def persona(self):
        p, t = self.choose(self.facts['persona'])
        sys = 'You are playing a person. About you: ' + ' '.join(x.strip() for x in p.split('\n'))
        return [('system', sys)] + [(('user', 'assistant')[i % 2], x) for i, x in enumerate(t[: len(t) // 2 * 2])], ['']
