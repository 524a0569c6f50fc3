"""How people type: the same request in other words, case, punctuation, politeness, typos."""

import re

from chat.words import capitalise


class TypingStyle:
    WAYS = [  # other ways of putting a question; the sense stays
        (
            r"^(?:what is|what's|what are) (.+)$",
            [
                'tell me what {0} {be}',
                'do you know what {0} {be}',
                'can you tell me what {0} {be}',
                'explain what {0} {be}',
                "i'd like to know what {0} {be}",
                'what exactly {be} {0}',
                '{0}, what {be} that',
                'could you explain what {0} {be}',
                'i was wondering what {0} {be}',
            ],
        ),
        (
            r'^(?:how do i|how do you|how can i|how to) (.+)$',
            [
                'how to {0}',
                'how can i {0}',
                'tell me how to {0}',
                'what is the best way to {0}',
                'can you tell me how to {0}',
                'i want to {0}, how',
                'i need to {0}',
                'explain how to {0}',
                'any idea how to {0}',
                'how should i {0}',
                'help me {0}',
                'could you show me how to {0}',
            ],
        ),
        (r'^why (?:do|are) (.+)$', None),
        (
            r'^(?:write|write me|make|compose|draft|create) (an? .+)$',
            [
                'can you write {0}',
                'please write {0}',
                'i need {0}',
                'could you write me {0}',
                'write me {0}',
                'make {0}',
                'i would like {0}',
                "i'd like you to write {0}",
                'help me write {0}',
                'draft {0}',
            ],
        ),
        (
            r'^(?:give me|tell me|show me|suggest|name|list) ((?:an?|some|\d+|two|three|four|five|six|seven|ten) .+)$',
            [
                'can you give me {0}',
                'i need {0}',
                'i would like {0}',
                'could you name {0}',
                'tell me {0}',
                'give me {0}',
                'let me have {0}',
                'please give me {0}',
                'do you have {0} for me',
                'i am looking for {0}',
            ],
        ),
        (
            r'^(who|where|when|which|how many|how much|how long|how far|how old|how big|how tall) (.+)$',
            [
                'can you tell me: {q}',
                'do you know {q}',
                '{q}, do you know',
                'tell me, {q}',
                'question: {q}',
                'i wonder {q}',
            ],
        ),
    ]

    def reword(self, s):
        """Now and then the same request in other words."""
        t = s.rstrip('?.! ')
        for pat, ways in self.WAYS:
            m = re.match(pat, t, re.I)
            if not m:
                continue
            if ways is None:
                verb = 'are' if t.lower().startswith('why are') else ''
                return (
                    self.choose(
                        [
                            'explain why {0}',
                            'do you know why {0}',
                            'tell me why {0}',
                            'i wonder why {0}',
                            'can you explain why {0}',
                        ]
                    ).format(m[1])
                    if not verb
                    else s
                )
            be = 'are' if re.match(r'what are', t, re.I) else 'is'
            return self.choose(ways).format(*m.groups(), be=be, q=t[0].lower() + t[1:])
        return s

    def noise(self, s):
        """Human-looking typing: case, punctuation, politeness, typos."""
        r = self.random
        if self.split == 'train' and '\n' not in s and len(s) < 120 and r.random() < 0.25:
            s = self.reword(s)
        if '\n' in s or len(s) > 260:
            return s
        s = capitalise(s)
        p = r.random()
        if p < 0.10 and s[-1:] in '?.':
            s = self.choose(
                [
                    'Please tell me: ',
                    'Hey, ',
                    'Hi! ',
                    'Hello. ',
                    'Quick question: ',
                    'I have a question. ',
                    'Can you help me? ',
                    'Tell me, ',
                    'Okay, ',
                ]
            ) + (s if r.random() < 0.5 else s[0].lower() + s[1:])
        elif p < 0.16 and (
            s[-1:] == '?'
            or re.match(
                '(Tell|Give|Define|Name|List|Write|Use|Make|Show|Explain|Describe|Spell|Calculate|Convert|Find|Recommend) ',
                s,
            )
        ):
            s = s.rstrip('?.!') + self.choose([', please', ' please', ', please?', ' thanks', ', thank you'])
        p = r.random()
        if p < 0.22:
            s = s.lower()
        elif p < 0.235:
            s = s.upper()
        p = r.random()
        if p < 0.25:
            s = s.rstrip('?.!')
        elif p < 0.28:
            s = s.rstrip('?.!') + self.choose(['??', '!', ' ?', '...', '?!'])
        if r.random() < 0.06 and len(s) > 12 and not any(ch.isdigit() for ch in s):
            i = r.randrange(1, len(s) - 2)
            if s[i].isalpha() and s[i + 1].isalpha():
                k = r.random()
                s = s[:i] + (s[i + 1] + s[i] + s[i + 2 :] if k < 0.5 else s[i + 1 :] if k < 0.8 else s[i] + s[i:])
        return s
