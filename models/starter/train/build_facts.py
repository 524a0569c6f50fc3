"""Collect the structured facts that the chat generator fills into its templates, as one JSON file.

usage: build_facts.py --wordnet DICT --countries countries.json --country-json SRC --clean DIR --git DIR --out facts.json
"""

import argparse
import json
import os

from corpus import question_lists
from corpus.countries import countries
from corpus.quiz_tables import elements, quiz_tables
from corpus.sources import Sources
from corpus.wordnet import wordnet


def main():
    parser = argparse.ArgumentParser()
    for name in ('wordnet', 'countries', 'country-json', 'clean', 'git', 'out'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    sources = Sources(options.clean, options.git)
    facts = {
        **wordnet(options.wordnet),
        'countries': countries(sources, options.countries, options.country_json),
        'elements': elements(sources),
        **quiz_tables(sources),
        'trivia': question_lists.trivia(sources),
        'gsm': question_lists.school_maths(sources),
        'squad': question_lists.squad(sources),
        'fables': question_lists.fables(sources),
        'howto': question_lists.how_to_pages(sources),
        'interview': question_lists.interviews(sources),
        'persona': question_lists.persona_dialogues(sources),
    }
    with open(options.out, 'w') as file:
        json.dump(facts, file, ensure_ascii=False)
    print({name: len(values) for name, values in facts.items()}, round(os.path.getsize(options.out) / 1e6, 1), 'MB')


if __name__ == '__main__':
    main()
