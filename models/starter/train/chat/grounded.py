"""Answers from a text that the prompt gives: made-up facts, and SQuAD paragraphs."""

from chat.words import ANIMALS, COLORS, DAYS, FOODS, HOBBIES, JOBS, MONTHS, THINGS, capitalise


class Grounded:
    def grounded(self, system=None):
        r = self.random
        kind = r.randrange(4)
        if kind == 0:
            n = self.name() + (' ' + self.last_name() if r.random() < 0.5 else '')
            f = n.split()[0]
            facts = {
                'age': (
                    f'{f} is {{v}} years old.',
                    r.randint(7, 88),
                    ['How old is {f}?', "What is {f}'s age?", 'What age is {f}?'],
                    '{f} is {v} years old.',
                ),
                'city': (
                    f'{f} lives in {{v}}.',
                    self.city(),
                    ['Where does {f} live?', 'In which city does {f} live?', 'Which city is {f} from?'],
                    '{f} lives in {v}.',
                ),
                'job': (
                    f'{f} works as a {{v}}.',
                    self.choose([j for j in JOBS if j[0] not in 'aeiou']),
                    ["What is {f}'s job?", 'What does {f} do for a living?', 'What is {f} by profession?'],
                    '{f} works as a {v}.',
                ),
                'pet': (
                    f'{f} has a {{v}} called {self.first_name()}.',
                    self.choose([x for x in ANIMALS if x[0] not in 'aeiou']),
                    ['Which pet does {f} have?', 'What animal does {f} have?', 'What kind of pet does {f} own?'],
                    '{f} has a {v}.',
                ),
                'food': (
                    f"{f}'s favourite food is {{v}}.",
                    self.choose(FOODS),
                    ['What does {f} like to eat?', "What is {f}'s favourite food?", 'Which food does {f} like best?'],
                    "{f}'s favourite food is {v}.",
                ),
                'colour': (
                    f"{f}'s favourite colour is {{v}}.",
                    self.choose(COLORS),
                    [
                        "What is {f}'s favourite colour?",
                        'Which colour does {f} like?',
                        'What colour does {f} like best?',
                    ],
                    "{f}'s favourite colour is {v}.",
                ),
                'hobby': (
                    f"{f}'s hobby is {{v}}.",
                    self.choose(HOBBIES),
                    ["What is {f}'s hobby?", 'What does {f} do for fun?', 'What does {f} do in the free time?'],
                    "{f}'s hobby is {v}.",
                ),
                'birthday': (
                    f"{f}'s birthday is on {{v}}.",
                    f'{r.randint(1, 28)} {self.choose(MONTHS)}',
                    ["When is {f}'s birthday?", 'When was {f} born?', 'On which day is {f} born?'],
                    "{f}'s birthday is on {v}.",
                ),
            }
            keys = r.sample(list(facts), r.randint(3, 6))
            ctx = ' '.join(facts[k][0].format(v=facts[k][1]) for k in keys)
            ctx = ctx.replace(f, n, 1)
            miss = r.random() < 0.15
            k = self.choose([x for x in facts if x not in keys]) if miss else self.choose(keys)
            t = facts[k]
            qs = t[2]
            q = (qs[-1] if self.split == 'eval' else self.choose(qs[:-1])).format(f=f)
            x = (
                self.choose(["The text doesn't say.", "I don't know. The text doesn't say that."])
                if miss
                else t[3].format(f=f, v=t[1])
            )
            chk = ["doesn't say"] if miss else [str(t[1])]
        elif kind == 1:
            shop = self.choose(
                [
                    'The bakery',
                    'The library',
                    'The museum',
                    'The post office',
                    'The swimming pool',
                    'The shop',
                    'The office',
                    'The cafe',
                ]
            )
            o, cl = r.randint(6, 11), r.randint(4, 9)
            d = self.choose(DAYS)
            ph = f'{r.randint(100, 999)} {r.randint(1000, 9999)}'
            st = f'{r.randint(1, 90)} {self.choose(["Oak", "Main", "River", "Park", "Hill", "Church", "Station"])} Street'
            ctx = f'{shop} is open from {o} am to {cl} pm. It is closed on {d}. The address is {st}. The phone number is {ph}.'
            low = shop[0].lower() + shop[1:]
            q, x, chk = self.choose(
                [
                    (
                        self.phrase(
                            f'When does {low} open?',
                            f'What time does {low} open?',
                            f'At what time can I go to {low} in the morning?',
                            f'From what time on is {low} open?',
                        ),
                        f'{shop} opens at {o} am.',
                        [f'{o} am'],
                    ),
                    (
                        self.phrase(
                            f'When does {low} close?',
                            f'What time does {low} close?',
                            f'Until when is {low} open?',
                            f'How long is {low} open in the evening?',
                        ),
                        f'{shop} closes at {cl} pm.',
                        [f'{cl} pm'],
                    ),
                    (
                        self.phrase(
                            f'On which day is {low} closed?',
                            f'When is {low} closed?',
                            f'Which day is {low} not open?',
                            f'What day can I not go to {low}?',
                        ),
                        f'{shop} is closed on {d}.',
                        [d],
                    ),
                    (
                        self.phrase(
                            'What is the phone number?',
                            'How can I call them?',
                            f'What is the phone number of {low}?',
                            f'Which number do I dial to reach {low}?',
                        ),
                        f'The phone number is {ph}.',
                        [ph],
                    ),
                    (
                        self.phrase(
                            'What is the address?',
                            f'Where is {low}?',
                            f'What is the address of {low}?',
                            f'How do I find {low}?',
                        ),
                        f'The address is {st}.',
                        [st],
                    ),
                ]
            )
        elif kind == 2:
            xs = r.sample(THINGS, r.randint(3, 5))
            pr = [r.randint(2, 90) for _ in xs]
            cs = [self.choose(COLORS) for _ in xs]
            ctx = (
                ' '.join(f'The {a} is {c} and costs {p} dollars.' for a, p, c in zip(xs, pr, cs))
                if r.random() < 0.6
                else 'Price list:\n' + '\n'.join(f'- {a} ({c}): {p} dollars' for a, p, c in zip(xs, pr, cs))
            )
            i = r.randrange(len(xs))
            q, x, chk = self.choose(
                [
                    (
                        self.phrase(
                            f'How much does the {xs[i]} cost?',
                            f'What is the price of the {xs[i]}?',
                            f'How expensive is the {xs[i]}?',
                            f'What do I pay for the {xs[i]}?',
                        ),
                        f'The {xs[i]} costs {pr[i]} dollars.',
                        [str(pr[i])],
                    ),
                    (
                        self.phrase(
                            f'What colour is the {xs[i]}?',
                            f'Which colour does the {xs[i]} have?',
                            f'What is the colour of the {xs[i]}?',
                            f'Tell me the colour of the {xs[i]}.',
                        ),
                        f'The {xs[i]} is {cs[i]}.',
                        [cs[i]],
                    ),
                    (
                        self.phrase(
                            'What is the most expensive thing?',
                            'Which one costs the most?',
                            'What is the most expensive item?',
                            'Which item has the highest price?',
                        ),
                        f'The {xs[pr.index(max(pr))]} is the most expensive.',
                        [xs[pr.index(max(pr))]],
                    ),
                    (
                        self.phrase(
                            'What is the cheapest thing?',
                            'Which one costs the least?',
                            'What is the cheapest item?',
                            'Which item has the lowest price?',
                        ),
                        f'The {xs[pr.index(min(pr))]} is the cheapest.',
                        [xs[pr.index(min(pr))]],
                    ),
                ]
            )
        else:
            a, b = self.name(), self.first_name()
            d, c, h = self.choose(DAYS), self.city(), r.randint(1, 11)
            th = self.choose(['meeting', 'concert', 'party', 'lesson', 'lunch', 'game', 'trip', 'interview'])
            ob = self.thing()
            ctx = f'The {th} is on {d} at {h} pm in {c}. {a} will bring the {ob}. {b} will come later because of the {self.choose(["rain", "traffic", "train", "snow", "doctor", "strike"])}.'
            q, x, chk = self.choose(
                [
                    (
                        self.phrase(
                            f'When is the {th}?',
                            f'On which day is the {th}?',
                            f'What day is the {th}?',
                            f'On what day does the {th} take place?',
                        ),
                        f'The {th} is on {d} at {h} pm.',
                        [d],
                    ),
                    (
                        self.phrase(
                            f'Where is the {th}?',
                            f'In which city is the {th}?',
                            f'Where does the {th} take place?',
                            f'What is the place of the {th}?',
                        ),
                        f'The {th} is in {c}.',
                        [c],
                    ),
                    (
                        self.phrase(
                            f'Who brings the {ob}?',
                            f'Who will bring the {ob}?',
                            f'Who has the {ob}?',
                            f'Which person takes care of the {ob}?',
                        ),
                        f'{a} will bring the {ob}.',
                        [a],
                    ),
                    (
                        self.phrase(
                            'Who will come later?', 'Who is late?', 'Who comes later?', 'Which person arrives late?'
                        ),
                        f'{b} will come later.',
                        [b],
                    ),
                    (
                        self.phrase(
                            f'What time is the {th}?',
                            f'At what time is the {th}?',
                            f'When does the {th} start?',
                            f'At which hour does the {th} begin?',
                        ),
                        f'The {th} is at {h} pm.',
                        [f'{h} pm'],
                    ),
                ]
            )
        return ctx, q, x, chk

    def grounded_conv(self):
        ctx, q, x, chk = self.grounded()
        p = self.random.random()
        if p < 0.35:
            return [
                (
                    'system',
                    self.choose(
                        [
                            'Answer from this text: ',
                            'You are a helpful assistant. Use these facts: ',
                            'Facts: ',
                            'Use the following information to answer.\n\n',
                            '',
                        ]
                    )
                    + ctx,
                ),
                ('user', self.noise(q)),
                ('assistant', x),
            ], chk
        u = self.choose(
            [
                f'{ctx}\n\n{q}',
                f'{ctx} {q}',
                f'Text: {ctx}\nQuestion: {q}',
                f'Read this: {ctx}\n\n{q}',
                f'Here is some information: {ctx}\n\nBased on this, {q[0].lower() + q[1:]}',
                f'{q}\n\n{ctx}',
            ]
        )
        return [('user', u), ('assistant', x)], chk

    def squad(self):
        c, q, x = self.choose(self.facts['squad'])
        u = self.choose([f'{c}\n\n{q}', f'Read this text and answer the question.\n\n{c}\n\nQuestion: {q}', f'{c} {q}'])
        if self.random.random() < 0.3:
            return [
                ('system', 'Answer the question from this text:\n' + c),
                ('user', q),
                ('assistant', capitalise(x) + '.'),
            ], [x]
        return [('user', u), ('assistant', self.choose([capitalise(x) + '.', capitalise(x)]))], [x]
