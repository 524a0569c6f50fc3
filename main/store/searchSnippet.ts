// A piece of a text around what was found, and where in it to highlight: offsets, no markup.
import type { Highlights, SearchMatch } from '../ipc/contract.ts';
import { termPattern, type Term } from './searchQuery.ts';
import { fold, foldWithPlaces } from './searchText.ts';

const before = 50;
const length = 180;
/** Longer texts are searched for the snippet up to here, in windows: most matches stand near the beginning. */
const farthest = 200_000;
const windowLength = 4000;
/** A match lies in one of the windows as a whole: no query is longer. */
const windowOverlap = 600;

export type Snippet = Pick<SearchMatch, 'snippet' | 'highlights' | 'cutBefore' | 'cutAfter'>;

/** Whether every term stands in the text, to the letter. */
export function containsAll(text: string, terms: readonly Term[]): boolean {
  const folded = fold(text);
  return terms.every((term) => termPattern(term).test(folded));
}

/** Where the terms stand in a text, joined where they touch. */
export function highlightsIn(text: string, terms: readonly Term[]): Highlights {
  const folded = foldWithPlaces(text);
  const found = terms
    .flatMap((term) => [...folded.text.matchAll(termPattern(term))])
    .filter(({ 0: match }) => match !== '')
    .map(({ 0: match, index }) => folded.original(index, index + match.length))
    .sort(([left], [right]) => left - right);
  const joined: Highlights = [];
  for (const [start, end] of found) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

export function snippetOf(text: string, terms: readonly Term[]): Snippet {
  // One line: every white character is as wide as the space in its place.
  const line = text.slice(0, farthest).replaceAll(/\s/g, ' ');
  const first = firstPlace(line, terms);
  const start = first <= before ? 0 : wordStart(line, first - before, first);
  const end = start + length >= line.length ? line.length : wordEnd(line, start + length);
  const snippet = line.slice(start, end);
  return {
    snippet,
    highlights: highlightsIn(snippet, terms),
    cutBefore: start > 0,
    cutAfter: end < line.length || text.length > farthest,
  };
}

/** Where the first of the terms stands; 0 where none does. */
function firstPlace(line: string, terms: readonly Term[]): number {
  for (let from = 0; from < line.length; from += windowLength) {
    const start = isSplit(line, from) ? from - 1 : from;
    const [place] = highlightsIn(line.slice(start, from + windowLength + windowOverlap), terms);
    if (place !== undefined) return start + place[0];
  }
  return 0;
}

function wordStart(line: string, from: number, to: number): number {
  const space = line.indexOf(' ', from);
  const start = space >= 0 && space < to ? space + 1 : from;
  return isSplit(line, start) ? start - 1 : start;
}

function wordEnd(line: string, from: number): number {
  const space = line.lastIndexOf(' ', from);
  const end = space > from - 30 ? space : from;
  return isSplit(line, end) ? end + 1 : end;
}

/** Between the two halves of one character. */
const isSplit = (text: string, at: number): boolean => /^[\udc00-\udfff]/.test(text.charAt(at));
