// What the views of an answer's tokens show, as numbers and words: probabilities, ranks, which tokens a text consists of,
// how experts were used. Pure.
import type { RecordedToken, TokenExperts } from '../../engine/protocol.ts';
import { text } from '../text/text.ts';

/** The text that was there before the record began, and the record: null where the two do not belong together. */
export function placeRecord(said: string, record: readonly RecordedToken[]): { before: string } | null {
  const recorded = textOf(record);
  return said.endsWith(recorded) ? { before: said.slice(0, said.length - recorded.length) } : null;
}

export const textOf = (record: readonly RecordedToken[]): string => record.map((one) => one.text).join('');

/** 0.314 → "31.4", 0.99996 → "100.0", 1e-5 → "<0.1". */
export const percentOf = (logprob: number): string => shareOf(Math.exp(logprob));

export function shareOf(probability: number): string {
  const percent = 100 * probability;
  return percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(1);
}

/** 1 for the likeliest; null where the token is not among the alternatives that were recorded. */
export function rankOf({ token }: RecordedToken): number | null {
  const place = token.alternatives.findIndex(({ id }) => id === token.id);
  return place < 0 ? null : place + 1;
}

/** 0 (at least 80 %) to 4 (below 10 %): how strongly a token is coloured. */
export function unsureness(logprob: number): 0 | 1 | 2 | 3 | 4 {
  const probability = Math.exp(logprob);
  if (probability >= 0.8) return 0;
  if (probability >= 0.5) return 1;
  if (probability >= 0.25) return 2;
  return probability >= 0.1 ? 3 : 4;
}

/** A token as it can be read in a list: spaces and line breaks visible. */
export const visible = (token: string): string =>
  token === '' ? '∅' : `“${token.replaceAll('\n', '↵').replaceAll('\t', '⇥')}”`;

/** A token that ends in the middle of a character cannot start a branch. */
export const isWhole = (token: string | undefined): token is string =>
  token !== undefined && token !== '' && !token.includes('\ufffd');

/** The tokens up to a place with another one there: what a branch begins with. */
export function branchRecord(record: readonly RecordedToken[], place: number, id: number): RecordedToken[] | null {
  const at = record[place];
  const chosen = at?.token.alternatives.find((one) => one.id === id);
  if (!at || !chosen || !isWhole(chosen.text)) return null;
  const { experts: _experts, ...token } = at.token;
  const { logprob } = chosen;
  const put = { ...token, id, logprob, sampledLogprob: logprob, forced: true as const };
  return [...record.slice(0, place), { text: chosen.text, token: put }];
}

/** How often each expert was chosen, over all layers; the list ends at the highest one that was. */
export function expertLoad(record: readonly RecordedToken[]): number[] {
  const load: number[] = [];
  for (const { token } of record) for (const id of token.experts?.ids ?? []) load[id] = (load[id] ?? 0) + 1;
  return Array.from(load, (count) => count ?? 0);
}

/** The share of a layer's weight that its first choice has, 0…1: 1 / used where it spread evenly. */
export function focusOf({ used, weights }: TokenExperts, layer: number): number {
  const own = weights.subarray(layer * used, (layer + 1) * used);
  const sum = own.reduce((total, weight) => total + weight, 0);
  return sum > 0 ? (own[0] ?? 0) / sum : 0;
}

/** What a layer chose, best first. */
export function chosenBy({ used, ids, weights }: TokenExperts, layer: number): { expert: number; weight: number }[] {
  return Array.from({ length: used }, (_, at) => ({
    expert: ids[layer * used + at],
    weight: weights[layer * used + at],
  }));
}

/** −1.17, with a real minus. */
export const signed = (value: number): string => (Number.isFinite(value) ? value.toFixed(2).replace('-', '−') : '−∞');

export function rankWords(one: RecordedToken): string {
  const rank = rankOf(one);
  return rank === null ? text.sampling.inside.beyond(one.token.alternatives.length) : String(rank);
}

/** "probability 31.4 % · log-prob −1.17 · rank 2" */
export function describeToken(one: RecordedToken): string {
  const words = text.sampling.inside;
  const { logprob } = one.token;
  return `${words.likely(percentOf(logprob))} · ${words.figures(signed(logprob), rankWords(one))}`;
}
