// What a user may turn: one description of the sampler's chain shared by the UI, the store, the terminal and both back ends.
import { EngineError } from '../errors.ts';
import { rangeOf, samplingControls, takes, type NumberControl, type NumberKey } from './samplingControls.ts';

/** The controls that every stored answer has. */
export interface BasicSampling {
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

/** Added to the logits of the tokens that a text is written with. */
export interface LogitBias {
  text: string;
  /** −100…100; −100 bans in practice. */
  bias: number;
}

/**
 * All controls. Those beyond the basic ones may be left out, which is their neutral value: what an older version stored
 * stays valid.
 *
 * Order of the chain: logit bias; then the steps of `order`, each over the tokens that the one before left; then one draw by
 * the exponential race (spec 4.6). Greedy takes the best after logit bias, penalties and DRY.
 */
export interface Sampling extends BasicSampling {
  /** The temperature moves by ± so much with the entropy; 0 is off. */
  dynamicTemperatureRange?: number;
  dynamicTemperatureExponent?: number;
  /** Keep the tokens whose surprise is closest to the entropy, up to this mass; 1 is off. */
  typicalP?: number;
  /** How often XTC removes all tokens of at least `xtcThreshold` but the least likely of them; 0 is off. */
  xtcProbability?: number;
  xtcThreshold?: number;
  /** No truncating step leaves fewer tokens. */
  minKeep?: number;
  /** Last tokens (of prompt and answer) that the repetition penalty sees; null: all. */
  repetitionWindow?: number | null;
  /** Last tokens that presence and frequency penalties see, those of the answer among them; null: all. */
  presenceWindow?: number | null;
  /** DRY subtracts multiplier · base^(length − allowed length) where a token would extend a repeat; 0 is off. */
  dryMultiplier?: number;
  dryBase?: number;
  dryAllowedLength?: number;
  /** Last tokens that DRY looks at; null: all. */
  dryWindow?: number | null;
  /** Texts that no repeat reaches across. */
  dryBreakers?: readonly string[];
  logitBias?: readonly LogitBias[];
  /** The answer ends before the first of them; at most 8. */
  stopStrings?: readonly string[];
  /** Steps left out follow in their customary order. */
  order?: readonly SamplingStep[];
}

export type SamplingStep = (typeof defaultOrder)[number];

/** Temperature before truncation, as Qwen's recommended values were chosen (spec 5.3). */
export const defaultOrder = [
  'penalties', 'dry', 'temperature', 'topK', 'typicalP', 'topP', 'minP', 'xtc',
] as const; // prettier-ignore

export const defaultBreakers: readonly string[] = ['\n', ':', '"', '*'];

export const mostStopStrings = 8;
const mostBreakers = 32;
const mostBiases = 300;
const longestText = 500;

const neutralNumbers = Object.fromEntries(samplingControls.map(({ key, neutral }) => [key, neutral]));

/** Every control at the value at which it does nothing. */
export const neutralControls = {
  mode: 'random',
  ...neutralNumbers,
  dryBreakers: defaultBreakers,
  logitBias: [],
  stopStrings: [],
  order: defaultOrder,
} as unknown as Required<Sampling>;

/** The basic controls at the value at which they do nothing. */
export const neutralSampling: BasicSampling = {
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

/** What was left out at its neutral value. */
export const wholeSampling = (sampling: Sampling): Required<Sampling> => ({ ...neutralControls, ...sampling });

/**
 * Returns the sampling unchanged when every value is in range.
 * @throws EngineError `invalid-sampling`, naming the first value that is not.
 */
export function checkSampling<Checked extends Sampling>(sampling: Checked): Checked {
  const whole = wholeSampling(sampling);
  const refuse = (sentence: string) => new EngineError('invalid-sampling', sentence);
  if (whole.mode !== 'greedy' && whole.mode !== 'random') throw refuse('The sampling mode must be greedy or random.');
  for (const control of samplingControls as readonly (NumberControl & { key: NumberKey })[]) {
    const value: unknown = whole[control.key];
    if (!takes(control, value)) throw refuse(`${control.name} must be ${rangeOf(control)}; it is ${String(value)}.`);
  }
  checkTexts('Stop strings', whole.stopStrings, mostStopStrings);
  checkTexts('DRY breakers', whole.dryBreakers, mostBreakers);
  if (!Array.isArray(whole.logitBias) || whole.logitBias.length > mostBiases)
    throw refuse(`Logit bias must be a list of at most ${mostBiases} texts.`);
  checkTexts(
    'Logit bias',
    (whole.logitBias as LogitBias[]).map((entry) => entry?.text),
    mostBiases,
  );
  for (const { text, bias } of whole.logitBias) {
    if (typeof bias !== 'number' || !(Math.abs(bias) <= 100))
      throw refuse(`The logit bias of "${text}" must be between -100 and 100; it is ${String(bias)}.`);
  }
  const steps: readonly string[] = Array.isArray(whole.order) ? whole.order : ['?'];
  const wrong = steps.find((step, at) => !defaultOrder.some((known) => known === step) || steps.indexOf(step) !== at);
  if (wrong !== undefined)
    throw refuse(`The order must name each of ${defaultOrder.join(', ')} at most once; "${wrong}" is not right.`);
  return sampling;
}

function checkTexts(name: string, texts: unknown, most: number): void {
  const fits = (text: unknown) => typeof text === 'string' && text.length > 0 && text.length <= longestText;
  if (!Array.isArray(texts) || texts.length > most || !texts.every(fits))
    throw new EngineError(
      'invalid-sampling',
      `${name} must be at most ${most} texts of 1 to ${longestText} characters.`,
    );
}

/** All steps in the order in which they run. */
export function orderOf({ order }: Sampling): readonly SamplingStep[] {
  if (!order) return defaultOrder;
  return [...order, ...defaultOrder.filter((step) => !order.includes(step))];
}

/** The steps that can change something, in the order in which they run. */
export function activeSteps(sampling: Sampling): SamplingStep[] {
  const whole = wholeSampling(sampling);
  const random = whole.mode === 'random';
  const active: Record<SamplingStep, boolean> = {
    penalties: penalizes(sampling),
    dry: whole.dryMultiplier > 0,
    temperature: random && (whole.temperature !== 1 || whole.dynamicTemperatureRange > 0),
    topK: random && whole.topK > 0,
    typicalP: random && whole.typicalP < 1,
    topP: random && whole.topP < 1,
    minP: random && whole.minP > 0,
    xtc: random && whole.xtcProbability > 0 && whole.xtcThreshold <= 0.5,
  };
  return orderOf(sampling).filter((step) => active[step]);
}

/** True when repetition, presence or frequency penalty is on. */
export function penalizes({ repetitionPenalty, presencePenalty, frequencyPenalty }: Sampling): boolean {
  return repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
}

/** True when some token can be dropped before the draw: the race over all tokens needs no threshold otherwise. */
export function truncates(sampling: Sampling): boolean {
  return sampling.mode === 'random' && (sampling.topK > 0 || sampling.topP < 1 || sampling.minP > 0);
}

/**
 * True when the steps that are on stand in an order, or are of a kind, that only the general chain knows (cpu/chain.ts): on
 * every back end it runs on the CPU.
 */
export function needsChain(sampling: Sampling): boolean {
  const { dynamicTemperatureRange, minKeep } = wholeSampling(sampling);
  const active = activeSteps(sampling);
  if (sampling.mode === 'random' && dynamicTemperatureRange > 0) return true;
  if (active.includes('typicalP') || active.includes('xtc') || (minKeep > 1 && truncates(sampling))) return true;
  const places = active.map((step) => defaultOrder.indexOf(step));
  return places.some((place, i) => i > 0 && place < places[i - 1]);
}
