"""Word problems with one or two steps."""

from chat.words import ITEMS


class WordProblems:
    def wordproblem(self):
        r = self.random
        n, o = self.name(), self.first_name()
        i = self.choose(ITEMS)
        a, b, c = r.randint(2, 40), r.randint(2, 20), r.randint(2, 10)
        k = r.randrange(9)
        self.random.random()  # keeps the sequence of draws that the published model was trained on
        if k == 0:
            q, e, v = (
                self.phrase(
                    f'{n} has {a} {i} and gets {b} more. How many {i} does {n} have now?',
                    f'{n} has {a} {i}. {o} gives {n} {b} more. How many {i} does {n} have?',
                    f'{n} had {a} {i} and bought {b}. How many {i} are there in total?',
                    f'There were {a} {i} on the table and {n} put {b} more on it. How many {i} are on the table?',
                ),
                f'{a} + {b} = {a + b}',
                a + b,
            )
        elif k == 1:
            a += b
            q, e, v = (
                self.phrase(
                    f'{n} has {a} {i} and gives {b} to {o}. How many {i} are left?',
                    f'{n} had {a} {i} and lost {b} of them. How many {i} does {n} still have?',
                    f'There are {a} {i} in a box. {n} takes {b} out. How many {i} remain?',
                    f'{n} owned {a} {i} but sold {b}. How many {i} remain?',
                ),
                f'{a} - {b} = {a - b}',
                a - b,
            )
        elif k == 2:
            q, e, v = (
                self.phrase(
                    f'{n} has {c} boxes with {b} {i} each. How many {i} are there in total?',
                    f'There are {c} bags. Each bag holds {b} {i}. How many {i} are there?',
                    f'{n} buys {c} packs of {b} {i}. How many {i} is that?',
                    f'Each of {c} shelves holds {b} {i}. How many {i} are there altogether?',
                ),
                f'{c} × {b} = {c * b}',
                c * b,
            )
        elif k == 3:
            a = b * c
            q, e, v = (
                self.phrase(
                    f'{n} shares {a} {i} equally among {c} friends. How many {i} does each friend get?',
                    f'{a} {i} are divided into {c} equal groups. How many {i} are in each group?',
                    f'{n} puts {a} {i} into {c} boxes, the same number in each. How many are in one box?',
                    f'{c} children share {a} {i} fairly. How many does each child get?',
                ),
                f'{a} ÷ {c} = {b}',
                b,
            )
        elif k == 4:
            q, e, v = (
                self.phrase(
                    f'One of the {i} costs {c} dollars. How much do {b} cost?',
                    f'A ticket costs {c} dollars. How much do {b} tickets cost?',
                    f'{n} earns {c} dollars an hour and works {b} hours. How much does {n} earn?',
                    f'A book costs {c} dollars. What do {b} books cost?',
                ),
                f'{b} × {c} = {b * c}',
                b * c,
            )
            return q, f'{e}, so the answer is {v} dollars.', [str(v)]
        elif k == 5:
            q, e, v = (
                self.phrase(
                    f'{n} is {a} years old. {o} is {b} years older. How old is {o}?',
                    f'{o} is {b} years older than {n}, who is {a}. How old is {o}?',
                    f'{n} is {a} now. How old will {n} be in {b} years?',
                    f'How old will {n} be in {b} years, if {n} is {a} today?',
                ),
                f'{a} + {b} = {a + b}',
                a + b,
            )
            return q, f'{e}, so the answer is {v} years.', [str(v)]
        elif k == 6:
            d = r.randint(1, b)
            q, e, v = (
                self.phrase(
                    f'{n} has {a} {i}, buys {b} more and gives away {d}. How many {i} does {n} have now?',
                    f'A shop has {a} {i}, gets {b} and sells {d}. How many are left?',
                    f'{n} found {a} {i} and then {b} more, but lost {d}. How many are left?',
                    f'{n} starts with {a} {i}, adds {b} and removes {d}. How many {i} are there at the end?',
                ),
                f'{a} + {b} = {a + b}, and {a + b} - {d} = {a + b - d}',
                a + b - d,
            )
        elif k == 7:
            q, e, v = (
                self.phrase(
                    f'A train travels {c * 10} km in one hour. How far does it travel in {b} hours?',
                    f'A car drives {c * 10} km per hour. How far does it get in {b} hours?',
                    f'{n} cycles {c * 10} km each day. How many km is that in {b} days?',
                    f'How far does a bus go in {b} hours at {c * 10} km per hour?',
                ),
                f'{c * 10} × {b} = {c * 10 * b}',
                c * 10 * b,
            )
            return q, f'{e}, so the answer is {v} km.', [str(v)]
        else:
            d = r.randint(1, 9)
            q, e, v = (
                self.phrase(
                    f'{n} has {c} packs of {d} {i} and {b} single ones. How many {i} in total?',
                    f'{n} buys {c} bags with {d} {i} each and finds {b} more. How many {i} are there?',
                    f'There are {c} rows with {d} {i} each, and {b} more. How many {i} are there?',
                    f'{n} collects {d} {i} a day for {c} days and gets {b} as a present. How many are there?',
                ),
                f'{c} × {d} = {c * d}, and {c * d} + {b} = {c * d + b}',
                c * d + b,
            )
        return (
            q,
            self.choose(
                [
                    f'{e}, so the answer is {v} {i}.',
                    f'{e}. The answer is {v}.',
                    f'{n} has {v} {i}: {e}.' if k < 2 else f'{e}, so there are {v} {i}.',
                ]
            ),
            [str(v)],
        )
