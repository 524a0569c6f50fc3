"""Sums, comparisons, series, roman numerals, units and other small calculations."""

from chat.words import DAYS, MONTHS, NUMBER_WORDS


class Arithmetic:
    def arith(self):
        r = self.random
        op = r.choices('+-*/', [5, 4, 4, 3])[0]
        ev = self.split == 'eval'

        def ok(a, b):
            return (hash((a * 7919 + b * 104729) % 1000003) % 20 == 0) == ev if a > 12 or b > 12 else True

        for _ in range(400):
            if op in '+-':
                a, b = self.number(), self.number()
                if op == '-' and a < b and r.random() < 0.95:
                    a, b = b, a
            elif op == '*':
                a, b = (
                    (r.randint(0, 12), r.randint(0, 12))
                    if r.random() < 0.55
                    else (r.randint(11, 99), r.randint(2, 9))
                    if r.random() < 0.8
                    else (r.randint(11, 99), r.randint(11, 20))
                )
                if r.random() < 0.5:
                    a, b = b, a
            else:
                b, k = r.randint(1, 12), r.randint(1, 20 if r.random() < 0.6 else 99)
                a = b * k
            if ok(a, b):
                break
        v = {'+': a + b, '-': a - b, '*': a * b, '/': a // max(b, 1)}[op]
        w = {'+': 'plus', '-': 'minus', '*': 'times', '/': 'divided by'}[op]
        sy = {'+': '+', '-': '-', '*': self.choose('×*x'), '/': self.choose('÷/')}[op]
        q = self.phrase(
            f'What is {a} {sy} {b}?',
            f'{a} {sy} {b}',
            f'{a}{sy}{b}',
            f'{a} {sy} {b} =',
            f'Calculate {a} {sy} {b}.',
            f'What is {a} {w} {b}?',
            f'How much is {a} {w} {b}?',
            f'{a} {w} {b}',
            f'Can you work out {a} {w} {b}?',
        )
        x = self.choose(
            [f'{a} {sy} {b} = {v}'] * 2
            + [f'{a} {sy} {b} = {v}.', f'{a} {w} {b} is {v}.', f'The answer is {v}.', f'{v}']
        )
        if op == '*' and a > 12 and 2 <= b <= 9 and r.random() < 0.4:
            x = f'{a} × {b} = {a // 10 * 10} × {b} + {a % 10} × {b} = {a // 10 * 10 * b} + {a % 10 * b} = {v}.'
        return q, x, [str(v)]

    def mathmisc(self):
        r = self.random
        k = r.randrange(16)
        a, b = self.number(), self.number()
        if k <= 1:
            if a == b:
                b += 1
            return (
                self.phrase(
                    'Which is bigger, {a} or {b}?',
                    'Which number is larger: {a} or {b}?',
                    'Is {a} or {b} bigger?',
                    'What is more, {a} or {b}?',
                    a=a,
                    b=b,
                ),
                f'{max(a, b)} is bigger than {min(a, b)}.',
                [f'{max(a, b)} is'],
            )
        if k == 2:
            return (
                self.phrase(
                    'Is {a} bigger than {b}?',
                    'Is {a} greater than {b}?',
                    'Is {a} more than {b}?',
                    'Would you say {a} is larger than {b}?',
                    a=a,
                    b=b,
                ),
                (
                    f'Yes, {a} is bigger than {b}.'
                    if a > b
                    else f'No, {a} is smaller than {b}.'
                    if a < b
                    else 'No, they are equal.'
                ),
                ['Yes' if a > b else 'No'],
            )
        if k == 3:
            return (
                self.phrase(
                    'Is {a} even or odd?',
                    'Is {a} an even number?',
                    'Is {a} odd?',
                    'Tell me whether {a} is even or odd.',
                    a=a,
                ),
                f'{a} is {"even" if a % 2 == 0 else "odd"}.',
                ['even' if a % 2 == 0 else 'odd'],
            )
        if k <= 5:
            xs = [self.number(2) for _ in range(r.randint(3, 5))]
            m = r.random()
            if m < 0.4:
                return (
                    self.phrase(
                        'Sort these numbers: {x}',
                        'Put these numbers in order: {x}',
                        'Sort from small to large: {x}',
                        'Arrange these numbers in ascending order: {x}',
                        x=', '.join(map(str, xs)),
                    ),
                    ', '.join(map(str, sorted(xs))),
                    [', '.join(map(str, sorted(xs)))],
                )
            if m < 0.7:
                return (
                    self.phrase(
                        'What is the largest number: {x}?',
                        'Which of these is the biggest: {x}?',
                        'Find the largest: {x}',
                        'Which number is greatest: {x}?',
                        x=', '.join(map(str, xs)),
                    ),
                    f'The largest number is {max(xs)}.',
                    [str(max(xs))],
                )
            return (
                self.phrase(
                    'Add these numbers: {x}',
                    'What is the sum of {x}?',
                    'Sum up {x}.',
                    'What do {x} add up to?',
                    x=', '.join(map(str, xs)),
                ),
                f'The sum is {sum(xs)}.',
                [str(sum(xs))],
            )
        if k == 6:
            s, d = r.randint(1, 20), r.randint(1, 10)
            xs = [s + d * i for i in range(4)]
            return (
                self.phrase(
                    'What comes next: {x}, ...?',
                    'Continue the sequence: {x}',
                    'Which number comes next: {x}?',
                    'Complete this series: {x}, ?',
                    x=', '.join(map(str, xs)),
                ),
                f'The next number is {xs[-1] + d}.',
                [str(xs[-1] + d)],
            )
        if k == 7:
            n = r.randint(1, 15)
            return (
                self.phrase(
                    'What is {n} squared?', 'What is the square of {n}?', '{n} squared', 'Multiply {n} by itself.', n=n
                ),
                f'{n} squared is {n * n}.',
                [str(n * n)],
            )
        if k == 8:
            n = r.randint(1, 15)
            return (
                self.phrase(
                    'What is the square root of {n}?',
                    'square root of {n}',
                    'Find the square root of {n}.',
                    'Which number squared gives {n}?',
                    n=n * n,
                ),
                f'The square root of {n * n} is {n}.',
                [str(n)],
            )
        if k == 9:
            n = r.randint(1, 100) * 2
            return (
                self.phrase(
                    'What is half of {n}?',
                    'half of {n}',
                    'Divide {n} in half.',
                    'What do you get if you halve {n}?',
                    n=n,
                ),
                f'Half of {n} is {n // 2}.',
                [str(n // 2)],
            )
        if k == 10:
            n = self.number(2)
            return (
                self.phrase(
                    'What is double {n}?',
                    'Double {n}.',
                    'What is twice {n}?',
                    'What do you get when you double {n}?',
                    n=n,
                ),
                f'Twice {n} is {2 * n}.',
                [str(2 * n)],
            )
        if k == 11:
            p, n = self.choose([10, 20, 25, 50]), r.randint(1, 30) * 20
            return (
                self.phrase(
                    'What is {p}% of {n}?',
                    '{p} percent of {n}',
                    'How much is {p}% of {n}?',
                    'Calculate {p} percent of {n}.',
                    p=p,
                    n=n,
                ),
                f'{p}% of {n} is {p * n // 100}.',
                [str(p * n // 100)],
            )
        if k == 12:
            u, w, f = self.choose(
                [
                    ('metres', 'centimetres', 100),
                    ('kilometres', 'metres', 1000),
                    ('kilograms', 'grams', 1000),
                    ('hours', 'minutes', 60),
                    ('minutes', 'seconds', 60),
                    ('days', 'hours', 24),
                    ('weeks', 'days', 7),
                    ('feet', 'inches', 12),
                    ('litres', 'millilitres', 1000),
                    ('years', 'months', 12),
                    ('dozen', 'pieces', 12),
                ]
            )
            n = r.randint(2, 12)
            return (
                self.phrase(
                    'How many {w} are {n} {u}?',
                    'Convert {n} {u} to {w}.',
                    '{n} {u} in {w}',
                    'How many {w} are there in {n} {u}?',
                    w=w,
                    u=u,
                    n=n,
                ),
                f'{n} {u} are {n * f} {w}.',
                [str(n * f)],
            )
        if k == 13:
            n = r.randint(1, 12)
            i = DAYS.index(self.choose(DAYS))
            m = r.random()
            if m < 0.3:
                return (
                    self.phrase(
                        'Which day comes after {d}?',
                        'What day is after {d}?',
                        'What is the day after {d}?',
                        'If today is {d}, what is tomorrow?',
                        d=DAYS[i],
                    ),
                    f'The day after {DAYS[i]} is {DAYS[(i + 1) % 7]}.',
                    [DAYS[(i + 1) % 7]],
                )
            if m < 0.5:
                return (
                    self.phrase(
                        'Which day comes before {d}?',
                        'What day is before {d}?',
                        'What is the day before {d}?',
                        'If today is {d}, what was yesterday?',
                        d=DAYS[i],
                    ),
                    f'The day before {DAYS[i]} is {DAYS[(i - 1) % 7]}.',
                    [DAYS[(i - 1) % 7]],
                )
            if m < 0.75:
                return (
                    self.phrase(
                        'Which month comes after {d}?',
                        'What month follows {d}?',
                        'What is the month after {d}?',
                        'Name the month that follows {d}.',
                        d=MONTHS[n - 1],
                    ),
                    f'The month after {MONTHS[n - 1]} is {MONTHS[n % 12]}.',
                    [MONTHS[n % 12]],
                )
            return (
                self.phrase(
                    'What is month number {n}?',
                    'Which month is number {n}?',
                    'Which is the {n}. month of the year?',
                    'What is the name of month {n}?',
                    n=n,
                ),
                f'Month number {n} is {MONTHS[n - 1]}.',
                [MONTHS[n - 1]],
            )
        if k == 14:
            n = r.randint(0, 20)
            return (
                (
                    self.phrase(
                        'Write {n} as a word.',
                        'How do you spell the number {n}?',
                        'Write the number {n} in words.',
                        'Spell out {n}.',
                        n=n,
                    ),
                    NUMBER_WORDS[n],
                    [NUMBER_WORDS[n]],
                )
                if r.random() < 0.5
                else (
                    self.phrase(
                        'Write {n} as a number.',
                        'Which number is {n}?',
                        'Write {n} in digits.',
                        'Give me the digits for {n}.',
                        n=NUMBER_WORDS[n],
                    ),
                    str(n),
                    [str(n)],
                )
            )
        h, m = r.randint(1, 10), self.choose([15, 30, 45])
        return (
            self.phrase(
                'It is {h}:00 now. What time is it in {m} minutes?',
                'If it is {h}:00, what time will it be in {m} minutes?',
                "It's {h}:00. What time is it {m} minutes later?",
                'What time is {m} minutes after {h}:00?',
                h=h,
                m=m,
            ),
            f'It will be {h}:{m}.',
            [f'{h}:{m}'],
        )
