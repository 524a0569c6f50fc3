// What a model's files recommend for sampling, and what Qwen's cards do. A value out of range is left out: it is advice, not a reason to refuse a model.
import { EngineError } from '../errors.ts';
import { checkSampling, neutralSampling, type BasicSampling } from '../generate/sampling.ts';
import type { Fields } from './fields.ts';
import type { ThinkingKind } from './thinkingKind.ts';

type Advice = 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty';

/** Spec 3.5. */
const cards = {
  thinking: { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 },
  direct: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 },
} as const satisfies Record<string, Partial<BasicSampling>>;

/**
 * For answers without thoughts, and for those that begin with them where a model can do both: its files then speak of the
 * latter, which is what its template does by default.
 */
export function samplingByMode(
  kind: ThinkingKind,
  recommended: Partial<BasicSampling>,
): { recommendedSampling: Partial<BasicSampling>; thinkingSampling?: Partial<BasicSampling> } {
  const thinking = { ...cards.thinking, ...recommended };
  if (kind === 'optional') return { recommendedSampling: cards.direct, thinkingSampling: thinking };
  return { recommendedSampling: kind === 'always' ? thinking : recommended };
}

const ggufKeys: Partial<Record<Advice, string>> = {
  temperature: 'general.sampling.temp',
  topK: 'general.sampling.top_k',
  topP: 'general.sampling.top_p',
  minP: 'general.sampling.min_p',
  repetitionPenalty: 'general.sampling.penalty_repeat',
  presencePenalty: 'general.sampling.penalty_present',
  frequencyPenalty: 'general.sampling.penalty_freq',
};

const huggingFaceKeys: Partial<Record<Advice, string>> = {
  temperature: 'temperature',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
  repetitionPenalty: 'repetition_penalty',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
};

export const samplingOfGguf = (metadata: Fields): Partial<BasicSampling> => readSampling(metadata, ggufKeys);

/** Of generation_config.json. */
export function samplingOfHuggingFace(generation: Fields): Partial<BasicSampling> {
  const sampling = readSampling(generation, huggingFaceKeys);
  return generation.boolean('do_sample', true) ? sampling : { ...sampling, mode: 'greedy' };
}

function readSampling(fields: Fields, keys: Partial<Record<Advice, string>>): Partial<BasicSampling> {
  const sampling: Partial<BasicSampling> = {};
  for (const [name, key] of Object.entries(keys) as [Advice, string][]) {
    const value = fields.number(key, null);
    if (value === null) continue;
    if (name === 'temperature' && value === 0) sampling.mode = 'greedy';
    else if (isInRange(name, value)) sampling[name] = shortest(value);
  }
  return sampling;
}

/** GGUF keeps single precision: 0.7 must not show as 0.699999988079071. */
const shortest = (value: number): number => Number(value.toPrecision(7));

function isInRange(name: Advice, value: number): boolean {
  try {
    checkSampling({ ...neutralSampling, [name]: value });
    return true;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}
