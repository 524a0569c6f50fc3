// What the sampling says in words, as tokens: logit biases, and the breakers that end a repeat (spec 5.2).
import type { DryBreakers, TokenBias } from '../backend/backend.ts';
import type { LogitBias } from '../generate/sampling.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Tokens that a breaker's rest may be written with, at most. */
const longestTail = 20;

/** Each text biases all tokens that it is written with; biases of one token add up. */
export function biasTokens(tokenizer: Tokenizer, biases: readonly LogitBias[]): TokenBias[] {
  const sums = new Map<number, number>();
  for (const { text, bias } of biases) {
    for (const id of new Set(tokenizer.encode(text, { special: true }))) sums.set(id, (sums.get(id) ?? 0) + bias);
  }
  return [...sums].map(([id, bias]) => ({ id, bias }));
}

/** The last breakers of each tokenizer: finding them looks at every token. */
const found = new WeakMap<Tokenizer, { key: string; breakers: DryBreakers }>();

export function dryBreakers(tokenizer: Tokenizer, texts: readonly string[]): DryBreakers {
  const key = JSON.stringify(texts);
  const known = found.get(tokenizer);
  if (known?.key === key) return known.breakers;
  const single = new Set<number>();
  const sequences = new Map<number, number[][]>();
  for (let id = 0; id < tokenizer.samplableCount; id++) {
    const token = tokenizer.decode([id]);
    if (texts.some((text) => token.includes(text))) single.add(id);
    else {
      const tails = texts.flatMap((text) => restsAfter(token, text)).map((rest) => tokensOf(tokenizer, rest));
      if (tails.length > 0) sequences.set(id, tails);
    }
  }
  const breakers = { single, sequences };
  found.set(tokenizer, { key, breakers });
  return breakers;
}

/** What is missing of the text after a token that ends in its start, for each such start. */
function restsAfter(token: string, text: string): string[] {
  const rests: string[] = [];
  for (let length = Math.min(text.length - 1, token.length); length > 0; length--)
    if (token.endsWith(text.slice(0, length))) rests.push(text.slice(length));
  return rests;
}

const tokensOf = (tokenizer: Tokenizer, text: string): number[] =>
  tokenizer.encode(text, { special: false }).slice(0, longestTail);
