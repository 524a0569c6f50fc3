// How text is compared in searches: without case, accents and the many forms of quotes; scripts that put no spaces between
// words, and symbols, one character a word. The indexes hold what these functions return: a change needs a migration.
import type { Database } from 'better-sqlite3';
import { piecesOf } from './attachmentPieces.ts';

/** Han, kana, Hangul: one word a character, so that any run of them is found as a phrase. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆]/gu;
/** Symbols and what lies beyond the first plane: SQLite's tables of letters end there, so their code points are words. */
const symbol = /[\p{So}\p{Extended_Pictographic}\u{10000}-\u{10ffff}]/gu;
const anyOfThese = new RegExp(`${unspaced.source}|${symbol.source}`, 'u');
/** A character with what belongs to it; folding one after the other gives the same as folding the whole. */
const cluster = /[\u1100-\u11ff]+|[^][\p{M}\uff9e\uff9f]*/gu;
// eslint-disable-next-line no-control-regex
const ascii = /^[\x00-\x7f]*$/;

export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .replaceAll(/[‘’‚‛]/g, "'")
    .replaceAll(/[“”„‟]/g, '"')
    .normalize('NFC');
}

/** The folded text as a row of words for SQLite's tokenizer. */
export function toWords(text: string): string {
  const folded = fold(text);
  if (!anyOfThese.test(folded)) return folded;
  return folded
    .replaceAll(symbol, (character) => ` u${character.codePointAt(0)?.toString(16) ?? ''} `)
    .replaceAll(unspaced, ' $& ');
}

export interface FoldedText {
  text: string;
  /** What a range of the folded text is in the original; both in UTF-16 units. */
  original(start: number, end: number): [start: number, end: number];
}

export function foldWithPlaces(text: string): FoldedText {
  if (ascii.test(text)) return { text: text.toLowerCase(), original: (start, end) => [start, end] };
  const starts: number[] = [];
  const ends: number[] = [];
  let folded = '';
  for (const { 0: part, index } of text.matchAll(cluster)) {
    const piece = fold(part);
    folded += piece;
    for (let unit = 0; unit < piece.length; unit++) {
      starts.push(index);
      ends.push(index + part.length);
    }
  }
  return { text: folded, original: (start, end) => [starts[start] ?? text.length, ends[end - 1] ?? text.length] };
}

/** The functions that the triggers of the indexes call. */
export function registerSearchFunctions(database: Database): void {
  database.function('search_fold', { deterministic: true }, (text) => fold(String(text)));
  database.function('search_words', { deterministic: true }, (text) => toWords(String(text)));
  database.function('search_pieces', { deterministic: true }, (attachments) =>
    JSON.stringify(piecesOf(String(attachments))),
  );
}
