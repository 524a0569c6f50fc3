"""Collect the pretraining text: one JSON line per document {"src", "text"}.

usage: prepare_text.py --clean DIR --git DIR --out text.jsonl [--skip SOURCE,SOURCE]
  --clean  cleaned text files (README.md, "Sources and licences")
  --git    folder of bare or plain clones named OWNER+NAME/repo
"""

import argparse
import collections
import json

from corpus.books_and_manuals import add_books, add_dictionaries, add_manuals
from corpus.documents import Documents
from corpus.reference_texts import add_factbook, add_short_texts, add_wikipedia
from corpus.sources import Sources


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--clean', required=True)
    parser.add_argument('--git', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--skip', default='', help='sources to leave out, such as those that the chat data repeats')
    options = parser.parse_args()
    sources, corpus = Sources(options.clean, options.git), Documents()
    for add in (add_books, add_manuals, add_dictionaries, add_wikipedia, add_factbook, add_short_texts):
        add(corpus, sources)
    skipped = set(options.skip.split(','))
    documents = [document for document in corpus.documents if document[0] not in skipped]
    corpus.random.shuffle(documents)
    sizes = collections.Counter()
    with open(options.out, 'w', encoding='utf-8') as file:
        for source, text in documents:
            file.write(json.dumps({'src': source, 'text': text}, ensure_ascii=False) + '\n')
            sizes[source] += len(text)
    for source, size in sizes.most_common():
        print(f'{source:20s} {size / 1e6:.2f} MB')
    print('total', round(sum(sizes.values()) / 1e6, 1), 'MB', len(documents), 'documents')


if __name__ == '__main__':
    main()
