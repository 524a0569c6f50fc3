// The picture of the next token: the likeliest tokens after a prompt, and what each step of the chain makes of them. The
// logits are read once and kept, so that turning a knob costs no run of the model.
import { encodePrompt, samplerSettings, type Prompt } from './answer.ts';
import type { Candidates } from './cpu/chain.ts';
import { bestIds } from './cpu/race.ts';
import { CpuSampler } from './cpu/sample.ts';
import { EngineError } from './errors.ts';
import { checkPrompt, prefill, reusableTokens } from './generate/prefill.ts';
import { checkSampling, type Sampling } from './generate/sampling.ts';
import type { Loaded } from './loaded.ts';
import type { NextTokenDistribution } from './protocol.ts';

export interface DistributionRequest {
  prompt: Prompt;
  sampling: Sampling;
  /** Tokens of the answer so far. */
  answer?: readonly number[];
  /** Likeliest tokens to show, 1…32. */
  most: number;
}

type Stage = NextTokenDistribution['stages'][number];

const mostShown = 32;

/** The logits after the last prompt that was asked about. */
const lastLogits = new WeakMap<Loaded, { ids: readonly number[]; logits: Float32Array }>();

/** @throws EngineError `invalid-sampling`, `bad-tokenizer`, `prompt-too-long`, `bad-weights`, `aborted` */
export async function nextTokenDistribution(
  loaded: Loaded,
  { prompt, sampling, answer = [], most }: DistributionRequest,
  signal?: AbortSignal,
): Promise<NextTokenDistribution> {
  checkSampling(sampling);
  const { ids } = encodePrompt(loaded, { prompt });
  const logits = await logitsAfter(loaded, ids.concat(answer), signal);
  const settings = samplerSettings(loaded, sampling);
  const sampler = new CpuSampler(logits.length);
  sampler.configure({ ...settings, seed: 0, alternatives: 0, prompt: ids, answer });
  const count = Math.max(1, Math.min(mostShown, most));
  const shown = bestIds(logits, settings.sampleableTokens, count);
  for (const id of risen(sampler, logits, settings.sampleableTokens, count)) if (!shown.includes(id)) shown.push(id);
  const stages: Stage[] = [];
  sampler.showChain(logits, (stage, candidates) => {
    stages.push({ stage, kept: candidates.kept, probabilities: probabilitiesOf(shown, candidates) });
  });
  if (sampling.mode === 'greedy') stages.push(takenByGreedy(stages.at(-1)!));
  const textOf = (id: number) => loaded.tokenizer?.decode([id]) ?? '';
  return { tokens: shown.map((id) => ({ id, text: textOf(id) })), stages };
}

/** The likeliest once bias, penalties and DRY have changed the scores. */
function risen(sampler: CpuSampler, logits: Float32Array, sampleable: number, count: number): number[] {
  let best: number[] = [];
  sampler.showChain(logits, (stage, { scores }) => {
    if (stage === 'logitBias' || stage === 'penalties' || stage === 'dry') best = bestIds(scores, sampleable, count);
  });
  return best;
}

/** Greedy draws nothing: the likeliest of what the steps left. */
function takenByGreedy({ probabilities }: Stage): Stage {
  const taken = probabilities.indexOf(Math.max(...probabilities));
  return { stage: 'greedy', kept: 1, probabilities: probabilities.map((_, at) => (at === taken ? 1 : 0)) };
}

async function logitsAfter(loaded: Loaded, ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
  const known = lastLogits.get(loaded);
  if (known && known.ids.length === ids.length && known.ids.every((id, at) => id === ids[at])) return known.logits;
  const { session } = loaded;
  const { backend, model } = session;
  checkPrompt(ids, model.config.vocabularySize, model.contextLength);
  const cached = session.cachedTokens;
  const reused = reusableTokens(cached, ids);
  if (!(await prefill(session, ids, reused, model.score, signal)))
    throw new EngineError('aborted', 'Looking at the next token was stopped.');
  const logits = await backend.read(model.logits, 1);
  // The last token wrote again what was there: what came after it is still in the cache.
  if (ids.every((id, at) => id === cached[at])) session.cachedTokens = cached;
  if (logits.some(Number.isNaN))
    throw new EngineError('bad-weights', 'The model computed numbers that are not usable.');
  lastLogits.set(loaded, { ids: [...ids], logits });
  return logits;
}

function probabilitiesOf(shown: readonly number[], candidates: Candidates): number[] {
  const { ids, kept, scores } = candidates;
  const left = new Set(ids.subarray(0, kept));
  const logSum = candidates.logSum();
  return shown.map((id) => (left.has(id) ? Math.exp(scores[id] - logSum) : 0));
}
