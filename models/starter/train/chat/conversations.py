"""Whole conversations: how often each skill comes up, and how exchanges are put together."""

from chat.words import capitalise


class Conversations:
    SKILLS = dict(
        smalltalk=58,
        definition=13,
        synonym=4,
        antonym=3,
        kind=3,
        kindlist=2,
        usage=2.5,
        pos=1,
        country_fact=11,
        element=3,
        quizfact=3,
        arith=8,
        mathmisc=5,
        wordproblem=9,
        textop=8,
        rewrite=7,
        unknown=4,
        story=3.5,
        fable=0.8,
        howto=0.8,
        trivia=6,
        gsm=0.2,
        interview=0.8,
    )

    SYSTEMS = [
        'You are a helpful assistant.',
        'You are a friendly assistant.',
        'You are the starter model, a small assistant that runs offline.',
        'Answer briefly.',
        'You are a helpful assistant. Answer in short sentences.',
        'Be polite and helpful.',
        'You are a chat assistant.',
        'Help the user.',
    ]

    def exchange(self, skill=None):
        k = skill or self.random.choices(list(self.SKILLS), list(self.SKILLS.values()))[0]
        q, x, chk = getattr(self, k)()
        q = (
            q
            if k in ('trivia', 'gsm') and self.random.random() < 0.7
            else q
            if k in ('textop', 'rewrite')
            else self.noise(q)
        )
        return k, q, x, chk

    def conversation(self):
        r = self.random
        p = r.random()
        out = []
        if p < 0.12:
            out, _ = self.grounded_conv()
        elif p < 0.16:
            out, _ = self.squad()
        elif p < 0.19:
            out, _ = self.ruled()
        elif p < 0.21:
            out, _ = self.persona()
            return out
        elif p < 0.33:
            out, _ = self.followup()
        else:
            n = 1 if r.random() < 0.45 else r.choices([2, 3, 4, 5, 6, 8, 12], [8, 7, 6, 4, 3, 2, 1])[0]
            for _ in range(n):
                _, q, x, _ = self.exchange()
                out += [('user', q), ('assistant', x)]
        if out[0][0] != 'system' and r.random() < 0.25:
            out = [('system', self.choose(self.SYSTEMS))] + out
        return out

    def eval_item(self, skill):
        if skill in ('grounded', 'ruled', 'followup', 'squad'):
            conv, chk = getattr(self, 'grounded_conv' if skill == 'grounded' else skill)()
            return skill, conv[:-1], chk, conv[-1][1]
        q, x, chk = getattr(self, skill)()
        return skill, [('user', capitalise(q))], chk, x
