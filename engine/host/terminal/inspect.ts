// `inspect FILE`: hyperparameters, tokenizer and tensors of a model file, and the memory it takes, without loading it.
import { EngineError } from '../../errors.ts';
import type { Checkpoint } from '../../format/checkpoint.ts';
import { stepTokens } from '../../gpu/device.ts';
import {
  betterQuantized,
  betterWithQ8,
  fitInto,
  kvTypes,
  memoryNeeds,
  shapeOf,
  type Fit,
  type FitOptions,
  type ModelShape,
  usualKv,
  usualMaxTokens,
} from '../../format/memoryNeeds.ts';
import { openCheckpoint } from '../../format/openCheckpoint.ts';
import { quantizedTypes } from '../../format/quantize/quantizeRows.ts';
import { dawnGpu } from '../nodeDawn.ts';
import { nodeFiles } from '../nodeFiles.ts';
import { choice, numberOf, parse, quantizeOf } from './options.ts';

const options = {
  json: { type: 'boolean' },
  context: { type: 'string' },
  kv: { type: 'string' },
  quantize: { type: 'string' },
  memory: { type: 'string' },
} as const;

const defaultContext = 8192;

export async function inspect(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, options);
  if (positionals.length !== 1) throw new EngineError('source-failed', 'Name one file or folder to inspect.');
  const kv = choice('kv', values.kv ?? usualKv, kvTypes);
  const contextLength = values.context === undefined ? defaultContext : numberOf('context', values.context);
  const budgetBytes = values.memory === undefined ? null : numberOf('memory', values.memory) * 1e9;
  const checkpoint = await openCheckpoint(await nodeFiles(positionals[0]));
  const wanted = { contextLength, kv, quantize: quantizeOf(values.quantize), maxTokens: await maxTokensHere() };
  const memory = memoryOf(shapeOf(checkpoint), wanted, budgetBytes);
  const data = { ...asData(checkpoint), memory };
  console.log(values.json ? JSON.stringify(data) : asText(checkpoint, memory));
}

/** What steps on this machine's GPU take; the usual where there is none but a software adapter. */
async function maxTokensHere(): Promise<number> {
  const gpu = await dawnGpu();
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  return Math.max(usualMaxTokens, adapter ? stepTokens(adapter) : 0);
}

/**
 * Without a budget there is no verdict, only needs. `fitWithQ8`: where a smaller cache would do better; `fitQuantized`: where
 * coarser weights would. `weights`: all that a model of floats can be loaded as.
 */
function memoryOf(shape: ModelShape, wanted: FitOptions, budgetBytes: number | null) {
  const reckon = (options: FitOptions) => {
    const fit: Fit | null = budgetBytes === null ? null : fitInto(shape, options, budgetBytes);
    return { needs: fit?.needs ?? memoryNeeds(shape, options), fit };
  };
  const { needs, fit } = reckon(wanted);
  const choices = shape.quantizedBytes ? [undefined, ...quantizedTypes] : [];
  return {
    needs,
    fit,
    fitWithQ8: fit && betterWithQ8(shape, wanted, fit),
    fitQuantized: fit && betterQuantized(shape, wanted, fit),
    weights: choices.map((quantize) => ({ quantize: quantize ?? null, ...reckon({ ...wanted, quantize }) })),
  };
}

function asData(checkpoint: Checkpoint) {
  const { name, config, quantization, byteLength, endTokenIds, recommendedSampling, tokenizer } = checkpoint;
  const tensors = [...checkpoint.tensors.values()].map(({ parts: _, ...tensor }) => tensor);
  return {
    name,
    config,
    quantization,
    byteLength,
    endTokenIds,
    recommendedSampling,
    tokenizerSize: tokenizer?.tokens.length ?? null,
    hasChatTemplate: checkpoint.chatTemplate !== null,
    tensors,
  };
}

function asText(checkpoint: Checkpoint, memory: ReturnType<typeof memoryOf>): string {
  const { needs, fit, fitWithQ8, fitQuantized, weights } = memory;
  const { tensors, config, ...rest } = asData(checkpoint);
  const facts = Object.entries({ ...rest, ...config });
  const width = Math.max(...facts.map(([key]) => key.length));
  const nameWidth = Math.max(...tensors.map(({ name }) => name.length));
  return [
    ...facts.map(
      ([key, value]) => `${key.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`,
    ),
    '',
    `Memory for ${needs.contextLength} tokens of context, KV cache in ${needs.kv}: ${gigabytes(needs.totalBytes)}`,
    `  weights ${gigabytes(needs.weightBytes)}, KV cache ${gigabytes(needs.kvBytes)}, scratch ${gigabytes(needs.scratchBytes)}`,
    ...(fit ? [`  ${verdictOf(fit)}`] : []),
    ...(fitWithQ8 ? [`  with --kv q8 it ${verdictOf(fitWithQ8)}`] : []),
    ...(fitQuantized
      ? [`  with --quantize ${fitQuantized.quantize.toLowerCase()} it ${verdictOf(fitQuantized.fit)}`]
      : []),
    ...(weights.length > 0 ? ['', 'Weights can be quantised while they load:', ...weights.map(weightsLine)] : []),
    '',
    ...tensors.map(({ name, type, shape }) => `${name.padEnd(nameWidth)}  ${type.padEnd(6)}  [${shape.join(', ')}]`),
  ].join('\n');
}

function weightsLine({ quantize, needs, fit }: ReturnType<typeof memoryOf>['weights'][number]): string {
  const name = quantize ? `--quantize ${quantize.toLowerCase()}` : 'as they are';
  return `  ${name.padEnd(15)}  ${gigabytes(needs.totalBytes)}${fit ? `, ${verdictOf(fit)}` : ''}`;
}

function verdictOf({ verdict, budgetBytes, contextLength }: Fit): string {
  const budget = gigabytes(budgetBytes);
  if (verdict === 'fits') return `fits into ${budget}`;
  if (verdict === 'does-not-fit') return `does not fit into ${budget}`;
  return `fits into ${budget} with less context: ${contextLength} tokens`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 2)} GB`;
