// What every back end must compute: the reference checkpoints' logits and greedy tokens, and decode equal to prefill.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Backend } from '../../engine/backend/backend.ts';
import { openCheckpoint } from '../../engine/format/openCheckpoint.ts';
import { generate } from '../../engine/generate/generate.ts';
import { prefill } from '../../engine/generate/prefill.ts';
import type { Session } from '../../engine/generate/session.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { allLogits } from '../../engine/generate/allLogits.ts';
import { nodeFiles } from '../../engine/host/nodeFiles.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
import type { RandomModel } from './randomModel.ts';
import { referenceLogits } from './referenceModel.ts';
import { relativeError } from './relativeError.ts';

export const goldenNames = ['dense', 'moe', 'moe-mixed'] as const;
const goldens = path.join(import.meta.dirname, '../fixtures/goldens');

interface Golden {
  tokens: number[];
  /** [tokens, vocabulary] */
  logits: Float32Array;
  greedy: number[];
}

interface Header {
  [name: string]: { data_offsets: [number, number] };
}

function readGolden(name: string): Golden {
  const bytes = readFileSync(path.join(goldens, name, 'golden.safetensors'));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Header;
  const data = (key: string) => {
    const [from, to] = header[key].data_offsets;
    return bytes.buffer.slice(bytes.byteOffset + 8 + headerLength + from, bytes.byteOffset + 8 + headerLength + to);
  };
  return {
    tokens: [...new Int32Array(data('tokens'))],
    logits: new Float32Array(data('logits')),
    greedy: [...new Int32Array(data('greedy'))],
  };
}

export async function openSession(location: string, backend: Backend, contextLength = 128): Promise<Session> {
  const checkpoint = await openCheckpoint(await nodeFiles(location));
  return { backend, model: await loadModel(checkpoint, backend, { contextLength }), cachedTokens: [] };
}

export async function greedyTokens(session: Session, prompt: number[], count: number): Promise<number[]> {
  const tokens = generate(session, prompt, {
    sampling: { ...neutralSampling, mode: 'greedy', maxTokens: count },
    seed: 0,
    alternatives: 0,
    endTokenIds: new Set(),
    sampleableTokens: session.model.config.vocabularySize,
  });
  const ids: number[] = [];
  for await (const { id } of tokens) ids.push(id);
  return ids;
}

/** How far logits of a prompt may be from those of its tokens one by one: sums in f32 run in another order. */
const exact = 1e-4;
/**
 * The same where a device's matrix units attend over an f16 cache (`GpuFeatures.matrices`), for checks on hardware: queries and the
 * shares of keys become halves there, which have 11 bits, so that each is off by up to 2⁻¹¹ = 4.9e-4; single tokens keep both in f32.
 * Measured on an H100: 2e-4 and 4e-4 of the largest logit; of attention alone 2.7e-4 to 5.5e-4.
 */
export const roundedToHalves = 1e-3;

/**
 * Step by step logits within 1e-3 of the largest magnitude at every position, prefill in chunks equal to decode to `tolerance`, and all
 * greedy tokens.
 */
export async function checkGolden(
  name: (typeof goldenNames)[number],
  backend: Backend,
  tolerance = exact,
): Promise<void> {
  const golden = readGolden(name);
  const session = await openSession(path.join(goldens, name), backend);
  const vocabulary = session.model.config.vocabularySize;
  const decoded: Float32Array[] = [];
  for await (const row of allLogits(session, golden.tokens)) decoded.push(row);
  for (const [t, row] of decoded.entries()) {
    const expected = golden.logits.subarray(t * vocabulary, (t + 1) * vocabulary);
    expect(relativeError(row, expected), `${name}, position ${t}`).toBeLessThan(1e-3);
  }
  for (const length of [1, 7, golden.tokens.length]) {
    await prefill(session, golden.tokens.slice(0, length), 0, session.model.score);
    const logits = await backend.read(session.model.logits, 1);
    expect(relativeError(logits, decoded[length - 1]), `${name}, prefill of ${length}`).toBeLessThan(tolerance);
  }
  expect(await greedyTokens(session, golden.tokens, golden.greedy.length)).toEqual(golden.greedy);
}

/** Logits of a random model within 1e-3 of the naive f64 reference at every position, also when prefilled in chunks. */
export async function checkRandomModel({ checkpoint, weights }: RandomModel, backend: Backend): Promise<void> {
  const tokens = Array.from({ length: 20 }, (_, i) => (i * 37 + 5) % checkpoint.config.vocabularySize);
  const expected = referenceLogits(checkpoint.config, weights, tokens);
  const model = await loadModel(checkpoint, backend, { contextLength: 64 });
  const session: Session = { backend, model, cachedTokens: [] };
  let position = 0;
  for await (const row of allLogits(session, tokens)) {
    expect(relativeError(row, expected[position]), `position ${position}`).toBeLessThan(1e-3);
    position++;
  }
  await prefill(session, tokens, 0, model.score);
  const prefilled = await backend.read(model.logits, 1);
  expect(relativeError(prefilled, expected[tokens.length - 1]), 'prefilled').toBeLessThan(1e-3);
}

const starter = path.join(import.meta.dirname, '../../models/starter');
export const starterFile = path.join(starter, 'starter-v0.q4_k_m.gguf');

interface StarterGolden {
  text: string;
  ids: number[];
  q4_k_m: {
    last_logits: { top_ids: number[]; top_values: number[] };
    greedy_ids: number[];
    smallest_lead: number;
  };
}

/**
 * The starter's own goldens, computed in float64 from the file's blocks: top logits within `tolerance` of the largest,
 * greedy ids equal where the second logit never came closer than `tolerance` allows. `most` bounds the work of a slow
 * back end: how many prompts, and whether answers are written.
 */
export async function checkStarter(
  backend: Backend,
  tolerance: number,
  most: { prompts: number; answers: boolean } = { prompts: Infinity, answers: true },
): Promise<void> {
  const session = await openSession(starterFile, backend, 512);
  const { prompts } = JSON.parse(readFileSync(path.join(starter, 'golden.json'), 'utf8')) as {
    prompts: StarterGolden[];
  };
  for (const { text, ids, q4_k_m: golden } of prompts.slice(0, most.prompts)) {
    await prefill(session, ids, 0, session.model.score);
    const logits = await backend.read(session.model.logits, 1);
    const { top_ids, top_values } = golden.last_logits;
    const top = top_ids.map((id) => logits[id]);
    expect(relativeError(top, top_values), text).toBeLessThan(tolerance);
    if (!most.answers || golden.smallest_lead < 2 * tolerance * top_values[0]) continue;
    expect(await greedyTokens(session, ids, golden.greedy_ids.length), text).toEqual(golden.greedy_ids);
  }
}
