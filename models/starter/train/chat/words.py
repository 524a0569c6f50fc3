"""Word lists that the templates draw from, and small helpers for English words."""

FIRST_NAMES = 'Anna Ben Carla David Emma Felix Grace Henry Ida Jack Kate Leo Mia Noah Olivia Paul Quinn Rosa Sam Tina Uma Victor Wendy Xavier Yara Zoe Alice Bob Clara Daniel Eva Frank Gina Hugo Irene James Karen Lucas Maria Nina Oscar Peter Rachel Simon Tom Ursula Vera Will Amir Bella Chen Diego Elif Fatima Goran Hana Ivan Jonas Kofi Lena Marco Nadia Omar Priya Raj Sofia Tariq Viktor Yuki Liam Ella Max Ruby Theo Ivy Owen Luna Adam Lily'.split()
EVALUATION_NAMES = 'Bernd Calista Dmitri Esther Florian Ingrid Joaquin Keiko Lorenzo Maeve'.split()
LAST_NAMES = 'Smith Miller Brown Garcia Novak Weber Rossi Kim Patel Silva Larsen Dubois Kowalski Tanaka Okafor Hughes Murphy Costa Meyer Lopez Clark Young Walker Reed Stone Fischer Moreau Haas Lind Berg'.split()
JOBS = 'teacher doctor baker farmer engineer nurse pilot painter lawyer carpenter gardener cook driver musician dentist librarian plumber journalist tailor scientist writer waiter mechanic architect photographer fisherman'.split()
COLORS = 'red blue green yellow purple orange white black pink brown grey turquoise'.split()
ANIMALS = 'dog cat rabbit horse parrot hamster goldfish turtle fox owl bear mouse wolf lion tiger frog duck hen goat sheep cow pig bee ant crow swan hedgehog squirrel deer donkey'.split()
FOODS = 'pizza pasta soup rice bread cheese salad fish curry pancakes apples chocolate soup noodles potatoes sushi tacos strawberries'.split()
HOBBIES = 'reading swimming painting chess cooking hiking dancing gardening singing running fishing photography cycling knitting skiing'.split()
CITIES = 'Paris London Berlin Madrid Rome Vienna Oslo Dublin Lisbon Athens Prague Warsaw Boston Chicago Toronto Sydney Tokyo Cairo Lima Nairobi Delhi Seoul Munich Milan Porto Lyon Leeds Denver Austin Geneva'.split()
ITEMS = 'apples oranges books pencils eggs marbles coins cookies stamps flowers balloons cards stickers shells bottles chairs tickets cups'.split()
THINGS = 'lamp umbrella bicycle camera clock guitar kettle ladder mirror notebook pillow radio sofa suitcase table tent toaster vase wallet backpack'.split()
DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split()
MONTHS = 'January February March April May June July August September October November December'.split()
NUMBER_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split()
SYLLABLES = 'bra cor dal fen gri hol jun kel lom mar nev pol qua rin sul tor vex wim yar zor bli cha dro flo gla krim lund mosk nip ost'.split()

ONSETS = 'b br c ch d dr f g gr h j k kr l m n p pr r s sh st t th tr v w y z'.split() + [''] * 4
VOWELS = 'a a a e e e i i o o u ai ea io ee ou y é ö'.split()
CODAS = [''] * 8 + 'n n l r s m t k nd x ck ld'.split()


def with_article(w):
    return ('an ' if w[:1].lower() in 'aeiou' and not w.lower().startswith(('uni', 'use', 'eu', 'one')) else 'a ') + w


def capitalise(s):
    return s[:1].upper() + s[1:]


def thousands(n):
    return f'{n:,}'


def join_words(xs, last='and'):
    return xs[0] if len(xs) == 1 else ', '.join(xs[:-1]) + f' {last} ' + xs[-1]


def plural(w):
    return (
        w + 'es'
        if w.endswith(('s', 'x', 'ch', 'sh'))
        else w[:-1] + 'ies'
        if w.endswith('y') and w[-2] not in 'aeiou'
        else {'mouse': 'mice', 'wolf': 'wolves', 'sheep': 'sheep', 'deer': 'deer', 'goldfish': 'goldfish'}.get(
            w, w + 's'
        )
    )
