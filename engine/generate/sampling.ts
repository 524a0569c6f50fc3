// What a user may turn: one description shared by the UI, the store, the terminal and both back ends.
import { EngineError } from '../errors.ts';

/**
 * Order of the chain: penalties on the logits, then temperature, then top-k, top-p (on the mass that top-k left) and
 * min-p, then one draw by the exponential race (spec 4.6). Greedy ignores all but the penalties.
 */
export interface Sampling {
  mode: 'greedy' | 'random';
  /** > 0 */
  temperature: number;
  /** Keep this many of the most likely tokens; 0 is off. */
  topK: number;
  /** Keep the smallest set of tokens with at least this mass, 0 < p ≤ 1; 1 is off. */
  topP: number;
  /** Drop tokens less likely than this share of the most likely one, 0 ≤ p < 1; 0 is off. */
  minP: number;
  /** Divides (or multiplies) the logits of tokens seen in prompt or answer; > 0; 1 is off. */
  repetitionPenalty: number;
  /** Subtracted once from the logits of tokens that the answer holds, −2…2; 0 is off. */
  presencePenalty: number;
  /** Subtracted for each time that the answer holds the token, −2…2; 0 is off. */
  frequencyPenalty: number;
  /** Integer 0…2³²−1; null draws a new one for every answer. */
  seed: number | null;
  /** Tokens in the answer, ≥ 1; null goes on to the end of the context. */
  maxTokens: number | null;
}

/** Every control at the value at which it does nothing. */
export const neutralSampling: Sampling = {
  mode: 'random',
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: null,
  maxTokens: null,
};

type Rule = readonly [name: string, holds: (value: number) => boolean, range: string];

const integerFrom = (least: number, most: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= most;
const within = (least: number, most: number) => (value: number) => value >= least && value <= most;

const rules: Record<Exclude<keyof Sampling, 'mode'>, Rule> = {
  temperature: ['Temperature', (value) => value > 0 && value <= 100, 'above 0 and at most 100'],
  topK: ['Top K', integerFrom(0, 2 ** 31), 'a whole number, 0 (off) or more'],
  topP: ['Top P', (value) => value > 0 && value <= 1, 'above 0 and at most 1'],
  minP: ['Min P', (value) => value >= 0 && value < 1, 'at least 0 and below 1'],
  repetitionPenalty: ['Repetition penalty', (value) => value > 0 && value <= 100, 'above 0 and at most 100'],
  presencePenalty: ['Presence penalty', within(-2, 2), 'between -2 and 2'],
  frequencyPenalty: ['Frequency penalty', within(-2, 2), 'between -2 and 2'],
  seed: ['Seed', integerFrom(0, 2 ** 32 - 1), 'a whole number from 0 to 4294967295'],
  maxTokens: ['Max tokens', integerFrom(1, 2 ** 31), 'a whole number, 1 or more'],
};

/**
 * Returns the sampling unchanged when every value is in range.
 * @throws EngineError `invalid-sampling`, naming the first value that is not.
 */
export function checkSampling(sampling: Sampling): Sampling {
  if (sampling.mode !== 'greedy' && sampling.mode !== 'random')
    throw new EngineError('invalid-sampling', 'The sampling mode must be greedy or random.');
  for (const [key, [name, holds, range]] of Object.entries(rules)) {
    const value = sampling[key as keyof typeof rules];
    if (value === null && (key === 'seed' || key === 'maxTokens')) continue;
    if (typeof value !== 'number' || !holds(value))
      throw new EngineError('invalid-sampling', `${name} must be ${range}; it is ${String(value)}.`);
  }
  return sampling;
}

/** True when some token can be dropped before the draw: the race over all tokens needs no threshold otherwise. */
export function truncates(sampling: Sampling): boolean {
  return sampling.mode === 'random' && (sampling.topK > 0 || sampling.topP < 1 || sampling.minP > 0);
}
