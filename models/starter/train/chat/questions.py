"""Question lists taken as they are: desktop how-to, trivia, school maths, programming interviews."""

import re


class Questions:
    def howto(self):
        h, L = self.choose(self.facts['howto'])
        h2 = h[0].lower() + h[1:]
        steps = [l for l in L if len(l) < 260][:7]
        if not steps or re.match(r'(what|how|why|i|about|the|common) ', h2):
            return self.howto()
        x = (
            '\n'.join(f'{i + 1}. {l}' for i, l in enumerate(steps))
            if len(steps) > 2 and self.random.random() < 0.6
            else ' '.join(steps)
        )
        return (
            self.phrase(
                'How do I {h} in GNOME?',
                'How can I {h} on a GNOME desktop?',
                'GNOME: {h}',
                'Explain how to {h} in GNOME.',
                h=h2,
            ),
            x,
            [steps[0][:15]],
        )

    def trivia(self):
        cat, q, x, ch = self.choose(self.facts['trivia'])
        multi = re.search(r'\b(these|following|which of)\b', q, re.I) is not None or self.random.random() < 0.35
        if {y.lower() for y in ch} <= {'true', 'false'}:
            return 'True or false: ' + q, x + '.', [x]
        if not multi:
            return q, self.choose([x if x.endswith('.') else x + '.', x]), [x]
        L = 'ABCD'[: len(ch)]
        i = ch.index(x)
        u = q + '\n' + '\n'.join(f'{l}) {y}' for l, y in zip(L, ch))
        return u, self.choose([f'{L[i]}) {x}', f'The answer is {L[i]}) {x}.']), [x]

    def gsm(self):
        q, x = self.choose(self.facts['gsm'])
        return q, x, [x.split('Answer: ')[-1]]

    def interview(self):
        q, x = self.choose(self.facts['interview'])
        return q, x, [x[:12]]
