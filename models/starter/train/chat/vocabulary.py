"""Words: definitions, synonyms, opposites, kinds, examples, word classes. Facts from WordNet."""

import re

from chat.words import NUMBER_WORDS, capitalise, join_words, with_article


class Vocabulary:
    def definition(self):
        w = self.word()
        S = self.facts['words'][w]
        s = self.random.choices(S, [t[1] + 1 for t in S])[0] if self.random.random() < 0.15 else S[0]
        pos = {'n': 'noun', 'v': 'verb', 'a': 'adjective', 'r': 'adverb'}[s[0]]
        d = s[2]
        q = self.phrase(
            'What does "{w}" mean?',
            'What does {w} mean?',
            'Define {w}.',
            'What is the meaning of {w}?',
            'Give me a definition of {w}.',
            'Explain the word {w}.',
            'meaning of {w}',
            'define "{w}"',
            'What is the definition of "{w}"?',
            'Can you explain what {w} means?',
            'Could you tell me what the word "{w}" means?',
            w=w,
        )
        if s is not S[0]:
            q = self.choose([f'What does "{w}" mean as {with_article(pos)}?', f'Define the {pos} "{w}".'])
        elif s[0] == 'n' and self.random.random() < 0.4 and self.split == 'train':
            q = self.choose(
                [
                    f'What is {with_article(w)}?',
                    f'What is {w}?',
                    f"What's {with_article(w)}?",
                    f'Tell me what {with_article(w)} is.',
                    f'{w}?',
                ]
            )
        p = self.random.random()
        if s[0] == 'n' and re.match(r'(a|an|the|any|one|someone|something)\b', d) and p < 0.5:
            x = f'{capitalise(with_article(w))} is {d}.'
        elif s[0] == 'v' and p < 0.5:
            x = f'To {w} means to {d}.'
        elif p < 0.75:
            x = f'"{capitalise(w)}" means: {d}.'
        else:
            x = f'{capitalise(w)} ({pos}): {d}.'
        if s[4] and self.random.random() < 0.3:
            x += f' For example: "{s[4][0]}"'
        if s[3] and self.random.random() < 0.15:
            x += f' A similar word is "{s[3][0]}".'
        return q, x, [d[:24]]

    def synonym(self):
        for _ in range(50):
            w = self.word()
            s = [t for t in self.facts['words'][w] if t[3]]
            if s:
                break
        ys = s[0][3][:4]
        if ys and self.random.random() < 0.8:
            q = self.phrase(
                'What is a synonym for {w}?',
                'Give me a synonym of "{w}".',
                'Another word for {w}?',
                'synonym for {w}',
                'What is another word for "{w}"?',
                'Which word means the same as {w}?',
                w=w,
            )
            x = self.choose(
                [
                    f'A synonym for "{w}" is "{ys[0]}".',
                    f'Another word for "{w}" is "{ys[0]}".',
                    f'"{capitalise(ys[0])}".',
                ]
                if len(ys) == 1 or self.random.random() < 0.5
                else [f'Synonyms for "{w}" are {join_words(ys)}.', f'You could say {join_words(ys, "or")}.']
            )
            return q, x, ys[:1]
        y = ys[0]
        return (
            self.phrase(f'Do "{w}" and "{y}" mean the same?', f'Are {w} and {y} synonyms?'),
            f'Yes, "{w}" and "{y}" can mean the same.',
            ['Yes'],
        )

    def antonym(self):
        if self.random.random() < 0.3:
            w, o = self.choose(self.facts['opposites'])[:2]
        else:
            w, o, _ = self.choose(self.antonyms)
        if self.random.random() < 0.5 and [w, o] in self.facts['opposites']:
            w, o = o, w
        q = self.phrase(
            'What is the opposite of {w}?',
            'Give me the opposite of "{w}".',
            'opposite of {w}',
            'What is an antonym of {w}?',
            'Which word is the opposite of {w}?',
            'Tell me the antonym of "{w}".',
            w=w,
        )
        return (
            q,
            self.choose(
                [
                    f'The opposite of "{w}" is "{o}".',
                    f'"{capitalise(o)}" is the opposite of "{w}".',
                    f'The opposite of {w} is {o}.',
                ]
            ),
            [o],
        )

    def kind(self):
        w = self.choose(self.simple_nouns)
        ch = self.facts['isa'].get(w, [])
        if not ch:
            return self.definition()
        p = self.random.random()
        if p < 0.35:
            q = self.phrase(
                'What kind of thing is {w}?',
                'What is {w} a kind of?',
                'What sort of thing is {w}?',
                'Which category does {w} belong to?',
                w=with_article(w),
            )
            return q, f'{capitalise(with_article(w))} is a kind of {ch[0]}.', [ch[0]]
        yes = self.random.random() < 0.5
        other = self.facts['isa'].get(self.choose(self.simple_nouns), [])[:3]
        yes = yes or not other
        up = self.choose(ch[:4]) if yes else other[-1]
        if not yes and (up in ch or up in ('whole', 'object', 'entity', 'unit')):
            yes = up in ch
        if up in ('whole', 'object', 'physical entity', 'entity', 'unit'):
            up = ch[0]
            yes = True
        q = self.phrase(
            'Is {w} {u}?',
            'Is {w} a kind of {v}?',
            'Would you say that {w} is {u}?',
            'Can we call {w} {u}?',
            w=with_article(w),
            u=with_article(up),
            v=up,
        )
        return (
            q,
            (
                f'Yes, {with_article(w)} is a kind of {up}.'
                if yes
                else f'No, {with_article(w)} is not {with_article(up)}. It is a kind of {ch[0]}.'
            ),
            ['Yes' if yes else 'No'],
        )

    def kindlist(self):
        k = self.choose(self.categories)
        xs = self.facts['kids'][k]
        n = self.choose([3, 3, 4, 5, 5, 5])
        n = min(n, len(xs))
        ys = self.random.sample(xs[: max(n, 14)], n)
        q = self.phrase(
            'List {n} kinds of {k}.',
            'Name {n} kinds of {k}.',
            'Give me {n} examples of {k}.',
            'Can you list {n} types of {k}?',
            'I need {n} examples of {k}.',
            'Tell me {n} sorts of {k}.',
            n=self.choose([str(n), NUMBER_WORDS[n]]),
            k=k,
        )
        f = self.random.random()
        x = (
            '\n'.join(f'{i + 1}. {y}' for i, y in enumerate(ys))
            if f < 0.4
            else '\n'.join('- ' + y for y in ys)
            if f < 0.6
            else capitalise(join_words(ys)) + '.'
        )
        return q, x, [y for y in xs]

    def usage(self):
        for _ in range(200):
            w = self.word()
            es = [e for t in self.facts['words'][w] for e in t[4] if w[: max(3, len(w) - 2)] in e.lower() and ' ' in e]
            if es:
                break
        e = self.choose(es) if es else f'I like the word {w}'
        q = self.phrase(
            'Use "{w}" in a sentence.',
            'Give me an example sentence with {w}.',
            'Make a sentence with the word {w}.',
            'Can you use {w} in a sentence?',
            'Show me how to use the word "{w}".',
            w=w,
        )
        return q, capitalise(e) + ('' if e[-1:] in '.!?' else '.'), [w[:4]]

    def pos(self):
        w = self.word()
        s = self.facts['words'][w][0]
        p = {'n': 'noun', 'v': 'verb', 'a': 'adjective', 'r': 'adverb'}[s[0]]
        return (
            self.phrase(
                'Is "{w}" a noun or a verb?' if p in ('noun', 'verb') else 'What part of speech is "{w}"?',
                'What part of speech is {w}?',
                'Which word class is "{w}"?',
                'What type of word is {w}?',
                w=w,
            ),
            f'"{capitalise(w)}" is usually {with_article(p)}.',
            [p],
        )
