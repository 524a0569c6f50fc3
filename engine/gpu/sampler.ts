// The sampler's memory on the GPU: parameters and token counts of an answer, scratch of a step, and the record a step leaves.
// Its layouts are those of kernels/shared/sampler/sampler_*.wgsl; its dispatches are in ops/sample.ts. What no kernel knows the CPU
// draws, from logits that are read back (chainSteps.ts): dynamic temperature, typical-p, XTC, a minimum to keep, steps in
// another order; and of DRY breakers of several tokens and a base so near 1 that its table would be long.
import type { Sampler, SamplerOptions, SamplerSettings } from '../backend/backend.ts';
import { dryPenalty, longestRepeat } from '../cpu/dry.ts';
import { CpuSampler } from '../cpu/sample.ts';
import { EngineError } from '../errors.ts';
import {
  needsChain,
  neutralSampling,
  penalizes,
  truncates,
  wholeSampling,
  type Sampling,
} from '../generate/sampling.ts';
import type { TokenInfo } from '../generate/tokenInfo.ts';
import { bufferUsage } from './constants.ts';
import type { GpuRoute, OpContext } from './types.ts';

export const mostAlternatives = 20;
const parameterWords = 24;
/** Bytes of Chunk of the kernels. */
const chunkBytes = 40;
/** Words of `state` before the ids: HISTORY of the kernels. */
const historyAt = 4;
const usualContext = 8192;
const noWindow = 2 ** 32 - 1;
/** Entries of DRY's table: a base of 1.1 or more needs no more. */
const longestTable = 1024;
/** In a count: the prompt holds the token. */
const inPrompt = 0x80000000;
/** Ids fill 18 bits of what the select kernel ranks by. */
const largestVocabulary = 2 ** 18;

/** What a step leaves: id, unusable, ln p raw, ln p as drawn, then id and ln p of each alternative. */
export const recordBytes = 4 * (4 + 2 * mostAlternatives);

/** How the kernels share the vocabulary. */
interface SamplerShape {
  /** Tokens of a workgroup of sample_scan, and how many there are. */
  readonly chunkTokens: number;
  readonly chunkCount: number;
  /** Of each workgroup. */
  readonly lanes: number;
  /** Best tokens that a chunk keeps of each kind; the tokens that sample_finish can put in order. */
  readonly chunkRoom: number;
  readonly nearRoom: number;
}

function shapeFor(vocabularySize: number, software: boolean): SamplerShape {
  // SwiftShader runs a workgroup on one thread, four lanes at a time: each barrier and each workgroup's start cost it much, and
  // workgroup memory costs it time to compile.
  const shape = software
    ? { chunkTokens: 4096, lanes: 16, chunkRoom: 64, nearRoom: 64 }
    : { chunkTokens: 1024, lanes: 256, chunkRoom: 64, nearRoom: 192 };
  return { ...shape, chunkCount: Math.ceil(vocabularySize / shape.chunkTokens) };
}

export interface GpuSampler extends Sampler {
  readonly shape: SamplerShape;
  readonly parameters: GPUBuffer;
  /** u32 [vocabularySize]: times that the answer holds a token, top bit set when the prompt does. */
  readonly counts: GPUBuffer;
  /** u32: the step of the answer, tokens of prompt and answer, two words of nothing, then the ids of those tokens. */
  readonly state: GPUBuffer;
  /** f32 [2, vocabularySize]: logit bias, what DRY subtracts. */
  readonly adjustments: GPUBuffer;
  /** f32: what DRY subtracts, by length of the repeat from the allowed length on. The last entry stands for all longer ones. */
  readonly table: GPUBuffer;
  /** One bit a token: DRY's breakers. */
  readonly breakers: GPUBuffer;
  readonly contextLength: number;
  /** What sample_scan leaves for sample_finish. */
  readonly chunks: GPUBuffer;
  readonly candidates: GPUBuffer;
  /** What a step leaves of its token (recordBytes); copied after each run, before the next one overwrites it. */
  readonly result: GPUBuffer;
  /** The settings now in `parameters`: what ops/sample.ts decides by which dispatches a run needs. */
  settings: {
    sampling: Sampling;
    alternatives: number;
    /** sample_repeats runs: DRY, or a penalty with a window. */
    looksBack: boolean;
  };
  /** Whose record comes with the tokens. */
  readonly route: GpuRoute | null;
  /** What draws this answer's tokens where the kernels can't. */
  chain: CpuSampler | null;
  /** The logits that it draws from; set when a program that samples is recorded. */
  logits: GPUBuffer | null;
}

export function createGpuSampler(
  context: OpContext,
  vocabularySize: number,
  { route = null, contextLength = usualContext }: SamplerOptions = {},
): GpuSampler {
  if (vocabularySize > largestVocabulary)
    throw new EngineError('unsupported-type', 'The vocabulary of this model is too large.', String(vocabularySize));
  const shape = shapeFor(vocabularySize, context.features.software);
  const uniform = bufferUsage.uniform | bufferUsage.copyDestination;
  const sampler: GpuSampler = {
    vocabularySize,
    shape,
    parameters: context.createBuffer('sampler.parameters', 4 * parameterWords, uniform),
    counts: context.createBuffer('sampler.counts', 4 * vocabularySize),
    state: context.createBuffer('sampler.state', 4 * (historyAt + contextLength)),
    adjustments: context.createBuffer('sampler.adjustments', 8 * vocabularySize),
    table: context.createBuffer('sampler.table', 4 * longestTable),
    breakers: context.createBuffer('sampler.breakers', 4 * Math.ceil(vocabularySize / 32)),
    contextLength,
    chunks: context.createBuffer('sampler.chunks', shape.chunkCount * chunkBytes),
    // Of two kinds, each a value and an id.
    candidates: context.createBuffer('sampler.candidates', 2 * shape.chunkCount * shape.chunkRoom * 8),
    result: context.createBuffer('sampler.result', recordBytes),
    settings: { sampling: neutralSampling, alternatives: 0, looksBack: false },
    route: route as GpuRoute | null,
    chain: null,
    logits: null,
  };
  const neutral = { sampling: neutralSampling, seed: 0, sampleableTokens: vocabularySize, prompt: [], alternatives: 0 };
  configureGpuSampler(context.device.queue, sampler, neutral);
  return sampler;
}

/** Starts an answer, or goes on with one: parameters, counts, step. Queued behind the steps already submitted. */
export function configureGpuSampler(queue: GPUQueue, sampler: GpuSampler, settings: SamplerSettings): void {
  const { sampling, sampleableTokens, prompt, answer = [] } = settings;
  const alternatives = Math.min(settings.alternatives, mostAlternatives);
  const { windowed, dry } = lookBack(sampling);
  sampler.settings = { sampling: { ...sampling }, alternatives, looksBack: windowed || dry };
  if (sampler.route) sampler.route.recording = settings.experts ?? false;
  sampler.chain = drawsOnCpu(settings, sampler.contextLength) ? new CpuSampler(sampler.vocabularySize) : null;
  sampler.chain?.configure({ ...settings, alternatives });
  queue.writeBuffer(sampler.parameters, 0, encodeParameters({ ...settings, alternatives }, sampler.vocabularySize));
  const counts = new Uint32Array(sampler.vocabularySize);
  if (!windowed) {
    for (let i = 0; i < prompt.length; i++) if (prompt[i] < sampleableTokens) counts[prompt[i]] = inPrompt;
    for (let i = 0; i < answer.length; i++) counts[answer[i]]++;
  }
  queue.writeBuffer(sampler.counts, 0, counts);
  const length = prompt.length + answer.length;
  const state = new Uint32Array(historyAt + (sampler.settings.looksBack && !sampler.chain ? length : 0));
  state[0] = answer.length;
  if (state.length > historyAt) {
    state[1] = length;
    state.set(prompt, historyAt);
    state.set(answer, historyAt + prompt.length);
  }
  queue.writeBuffer(sampler.state, 0, state);
  if (!sampler.chain) writeAdjustments(queue, sampler, settings);
}

function writeAdjustments(queue: GPUQueue, sampler: GpuSampler, settings: SamplerSettings): void {
  const { sampling, bias = [], breakers } = settings;
  const { dry } = lookBack(sampling);
  if (bias.length === 0 && !dry) return;
  const adjustments = new Float32Array(2 * sampler.vocabularySize);
  for (const { id, bias: added } of bias) adjustments[id] += added;
  queue.writeBuffer(sampler.adjustments, 0, adjustments);
  if (!dry) return;
  const rule = wholeSampling(sampling);
  const table = new Float32Array(longestTable);
  for (let i = 0; i < longestTable; i++) table[i] = dryPenalty(rule.dryAllowedLength + i, rule);
  queue.writeBuffer(sampler.table, 0, table);
  const bits = new Uint32Array(Math.ceil(sampler.vocabularySize / 32));
  for (const id of breakers?.single ?? []) bits[id >>> 5] |= 1 << (id & 31);
  queue.writeBuffer(sampler.breakers, 0, bits);
}

/** What of the chain needs the last tokens. */
function lookBack(sampling: Sampling): { windowed: boolean; dry: boolean } {
  const { repetitionWindow, presenceWindow, dryMultiplier } = wholeSampling(sampling);
  const windowed = penalizes(sampling) && (repetitionWindow !== null || presenceWindow !== null);
  return { windowed, dry: dryMultiplier > 0 };
}

function drawsOnCpu({ sampling, prompt, answer = [], breakers }: SamplerSettings, contextLength: number): boolean {
  const { windowed, dry } = lookBack(sampling);
  const tooLong = (windowed || dry) && prompt.length + answer.length > contextLength;
  const manySteps =
    dry && longestRepeat(wholeSampling(sampling)) - wholeSampling(sampling).dryAllowedLength >= longestTable;
  return needsChain(sampling) || tooLong || manySteps || (dry && (breakers?.sequences.size ?? 0) > 0);
}

/** SamplerParameters of sampler_score.wgsl, word by word. */
export function encodeParameters(settings: SamplerSettings, vocabularySize: number): ArrayBuffer {
  const { sampling, seed, sampleableTokens, alternatives } = settings;
  const { mode, temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty } = sampling;
  const random = mode === 'random';
  const words = new Uint32Array(parameterWords);
  const floats = new Float32Array(words.buffer);
  words[0] = seed;
  words[1] = random ? 1 : 0;
  words[2] = truncates(sampling) ? 1 : 0;
  words[3] = Math.min(sampleableTokens, vocabularySize);
  words[4] = topK;
  words[5] = Math.min(2 ** 32 - 1, Math.round(topP * 2 ** 32));
  words[6] = topP < 1 ? 1 : 0;
  floats[7] = minP > 0 ? Math.log(minP) : -1e38;
  floats[8] = random ? 1 / temperature : 1;
  words[9] = penalizes(sampling) ? 1 : 0;
  floats[10] = repetitionPenalty;
  floats[11] = 1 / repetitionPenalty;
  floats[12] = presencePenalty;
  floats[13] = frequencyPenalty;
  words[14] = alternatives;
  words[15] = vocabularySize;
  const { windowed, dry } = lookBack(sampling);
  const { repetitionWindow, presenceWindow, dryWindow, dryAllowedLength } = wholeSampling(sampling);
  words[16] = dry || (settings.bias?.length ?? 0) > 0 ? 1 : 0;
  words[17] = windowed ? 1 : 0;
  words[18] = repetitionWindow ?? noWindow;
  words[19] = presenceWindow ?? noWindow;
  words[20] = settings.prompt.length;
  words[21] = dryWindow ?? noWindow;
  words[22] = dry ? dryAllowedLength : 0;
  return words.buffer;
}

/** @throws EngineError `bad-weights` when the step's logits held NaN or +∞, or nothing that can be drawn */
export function decodeRecord(record: ArrayBuffer, sampler: GpuSampler): TokenInfo {
  const words = new Uint32Array(record);
  const floats = new Float32Array(record);
  if (words[1] !== 0) throw new EngineError('bad-weights', 'The model computed numbers that are not usable.');
  const alternatives: TokenInfo['alternatives'] = [];
  for (let i = 0; i < sampler.settings.alternatives; i++) {
    const id = words[4 + 2 * i];
    // Fewer tokens than alternatives were wanted.
    if (id >= sampler.vocabularySize) break;
    alternatives.push({ id, logprob: floats[5 + 2 * i] });
  }
  return { id: words[0], logprob: floats[2], sampledLogprob: floats[3], alternatives };
}
