// What a person typed into the search field, as plain terms: quotes keep words together, everything else is text. There
// is no query language and so no wrong query. Knows nothing of tables.
import { fold, toWords } from './searchText.ts';

const longestQuery = 500;
const mostTerms = 16;
/** What is found is checked anyway. */
const mostTrigrams = 24;
/** Of longer queries, only the last term may be the beginning of a word: each beginning stands for many words. */
const mostBeginnings = 4;

export interface Term {
  /** Folded, as it was typed. */
  literal: string;
  /** Whether words tell it all; `c++` and `foo(bar)` are more than their letters. */
  plain: boolean;
}

export function parseQuery(query: string): Term[] {
  const text = fold(query.slice(0, longestQuery).toWellFormed().replaceAll('\0', ' '));
  const terms: Term[] = [];
  for (const { groups } of text.matchAll(/"(?<phrase>[^"]+)"|(?<word>\S+)/g)) {
    const term = groups?.['phrase'] !== undefined ? phraseTerm(groups['phrase']) : wordTerm(groups?.['word'] ?? '');
    if (term.literal !== '' && !terms.some(({ literal }) => literal === term.literal)) terms.push(term);
    if (terms.length === mostTerms) break;
  }
  return terms;
}

/** Letters, digits, symbols and what joins them; between the words of a phrase, also spaces. */
const plainWord = /^(?:[\p{L}\p{N}\p{M}\p{So}\p{Sk}\p{Extended_Pictographic}]|\u200d|\ufe0f)+$/u;

function wordTerm(typed: string): Term {
  // Punctuation around a word is a sentence's, or an operator of another search; alone, it is what is looked for.
  const bare = typed
    .replace(/^[\p{Ps}\p{Pi}\p{Pf}"'*.,;:!?¿¡-]+/u, '')
    .replace(/[\p{Pe}\p{Pi}\p{Pf}"'*.,;:!?…-]+$/u, '');
  if (plainWord.test(bare)) return { literal: bare, plain: true };
  return { literal: typed, plain: false };
}

function phraseTerm(typed: string): Term {
  const words = typed.trim().split(/\s+/);
  return { literal: words.join(' '), plain: words.every((word) => plainWord.test(word)) };
}

/** An FTS5 query for the word index: all terms, also as beginnings of longer words. */
export function wordsExpression(terms: readonly Term[]): string {
  const isBeginning = (place: number) => terms.length <= mostBeginnings || place === terms.length - 1;
  return terms.map(({ literal }, place) => quote(toWords(literal)) + (isBeginning(place) ? ' *' : '')).join(' AND ');
}

const longEnough = (literal: string): boolean => Array.from(literal).length >= 3;

/** An FTS5 query for the index of three characters; undefined where all terms are shorter. What it finds is to be checked. */
export function partsExpression(terms: readonly Term[]): string | undefined {
  const trigrams = new Set<string>();
  for (const { literal } of terms) {
    const characters = Array.from(literal);
    for (let start = 0; start + 3 <= characters.length && trigrams.size < mostTrigrams; start++)
      trigrams.add(characters.slice(start, start + 3).join(''));
  }
  if (!terms.some(({ literal }) => longEnough(literal))) return undefined;
  return [...trigrams].map(quote).join(' AND ');
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** What a folded text is checked with and highlighted by: the term's words, with anything but words between them. */
export function termPattern({ literal, plain }: Term): RegExp {
  const words = literal.split(' ').map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(words.join(plain ? '[^\\p{L}\\p{N}\\p{M}]+' : '\\s+'), 'gu');
}
