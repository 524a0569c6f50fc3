"""Short stories from building blocks, and fables."""

from chat.words import ANIMALS, JOBS, capitalise, with_article


class Stories:
    def story(self):
        r = self.random
        n, f = self.name(), self.first_name()
        a = self.choose(ANIMALS)
        adj = self.choose(
            [
                'little',
                'brave',
                'clever',
                'shy',
                'lazy',
                'friendly',
                'curious',
                'old',
                'young',
                'kind',
                'hungry',
                'lonely',
            ]
        )
        place = self.choose(
            [
                'a small village',
                'a dark forest',
                'a house by the sea',
                'a big city',
                'a green valley',
                'an old castle',
                'a farm',
                'a quiet town',
                'a little island',
                'the mountains',
            ]
        )
        human = r.random() < 0.5
        who = n if human else f'the {adj} {a}'
        W = capitalise(who)
        P, p, o = ('She', 'she', 'her') if r.random() < 0.5 else ('He', 'he', 'his')
        ob = self.choose(
            [
                'golden key',
                'red balloon',
                'lost ring',
                'silver coin',
                'strange map',
                'magic stone',
                'broken clock',
                'wooden box',
                'blue feather',
                'glass bottle',
                'small drum',
                'warm blanket',
            ]
        )
        open_ = (
            self.choose(
                [
                    f'Once upon a time there was {with_article(adj)} {a} who lived in {place}.',
                    f'Long ago, in {place}, there lived {with_article(adj)} {a}.',
                    f'There was once {with_article(adj)} {a} in {place}.',
                ]
            )
            if not human
            else self.choose(
                [
                    f'Once upon a time there was {with_article(adj)} {self.choose(["girl", "boy", "child"]) if False else ("girl" if P == "She" else "boy")} called {n} who lived in {place}.',
                    f'{n} was {with_article(adj)} {"girl" if P == "She" else "boy"} from {place}.',
                ]
            )
        )
        prob = self.choose(
            [
                (
                    f'One day {p} found {with_article(ob)} under a tree.',
                    f'{P} wondered who had lost it.',
                    f'{W} asked everyone, and at last an old {self.choose(JOBS)} said, "That is mine! I have looked for it everywhere."',
                    f'The old {"man" if r.random() < 0.5 else "friend"} was so happy that {p} got a warm meal and a new friend.',
                ),
                (
                    f'One morning the wind was so strong that {o} house lost its roof.',
                    f'{W} did not know what to do.',
                    f'Then {f} the {self.choose(ANIMALS)} came by and said, "Let us build it again together."',
                    'They worked all day, and in the evening the house was better than before.',
                ),
                (
                    f'Every night {p} heard a strange noise.',
                    f'{W} was afraid, but {p} wanted to know the truth.',
                    f'{P} took a lamp, went outside and found a tiny {self.choose(ANIMALS)} that had lost its mother.',
                    f'{W} helped it home, and the noise was never heard again.',
                ),
                (
                    f'{W} wanted to cross the river, but there was no bridge.',
                    f'{P} tried to jump, and fell into the water.',
                    f'A kind {self.choose(ANIMALS)} pulled {"her" if P == "She" else "him"} out and showed {"her" if P == "She" else "him"} a safe way.',
                    f'From that day on {who} always asked for help before doing something dangerous.',
                ),
                (
                    'One winter there was nothing to eat.',
                    f'{W} had only one piece of bread left.',
                    f'Then {with_article(self.choose(["poor", "tired", "hungry"]))} {self.choose(ANIMALS)} knocked at the door, and {who} shared the bread.',
                    f'The next morning there was a basket full of food in front of the door, and {who} was never hungry again.',
                ),
                (
                    f'{W} wanted to learn to {self.choose(["sing", "swim", "dance", "read", "fly a kite", "paint"])}.',
                    'At first nothing worked, and the others laughed.',
                    f'But {p} practised every day, in the sun and in the rain.',
                    f'In the end everybody clapped, and {who} smiled.',
                ),
                (
                    f'One day {who} and {f} had a quarrel about {with_article(ob)}.',
                    'Neither of them wanted to give in.',
                    f'At night {who} could not sleep, so {p} went to {f} and said, "I am sorry."',
                    f'{f} was sorry too, and they shared the {ob.split()[-1]} from then on.',
                ),
                (
                    f'{W} got lost on the way home.',
                    'It was getting dark, and the trees looked like giants.',
                    f'Suddenly {p} saw a light. It was {f}, who had come with a lantern to look for {"her" if P == "She" else "him"}.',
                    'They walked home together and drank hot chocolate.',
                ),
            ]
        )
        end = self.choose(
            [
                '',
                '',
                'And they lived happily ever after.',
                'That night everyone slept well.',
                'The end.',
                'And if you listen closely, you can still hear them laugh.',
                f'Since then {who} has had many friends.',
            ]
        )
        text = ' '.join([open_, *prob, end]).strip()
        if human:
            q = self.phrase(
                'Tell me a story about {adj} {g} called {n}.',
                'Write a short story about {n}.',
                'Tell me a story about {n}.',
                'Make up a story with someone called {n}.',
                n=n,
                adj=with_article(adj),
                g='girl' if P == 'She' else 'boy',
            )
        else:
            q = self.phrase(
                'Tell me a story about {b}.',
                'Write a short story about {b}.',
                'Write a story about {c}.',
                'Can you tell me a story about {b}?',
                'Make up a little story about {b}.',
                b=with_article(a),
                c=with_article(f'{adj} {a}'),
            )
        if r.random() < 0.15:
            q = self.choose(
                ['Tell me a story.', 'Write a short story.', 'Tell me a bedtime story.', 'Can you tell me a story?']
            )
        return q, text, [n if human else a]

    def fable(self):
        h, t = self.choose(self.facts['fables'])
        return (
            self.phrase(
                'Tell me the fable "{h}".',
                'Tell me the fable of {l}.',
                'Do you know the fable {h}?',
                'How does the story of {l} go?',
                h=h,
                l=h[0].lower() + h[1:],
            ),
            t,
            [t[:20]],
        )
