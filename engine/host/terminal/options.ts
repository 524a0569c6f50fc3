// Command-line options that several commands share, checked as they are read.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Engine, type EngineHost, type Progress } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import { kvTypes } from '../../format/memoryNeeds.ts';
import { checkSampling, neutralSampling, type Sampling, type SamplingStep } from '../../generate/sampling.ts';
import { samplingControls } from '../../generate/samplingControls.ts';
import { tuningLevels, type LoadOptions, type ModelInfo, type QuantizedType } from '../../protocol.ts';
import { dawnGpu } from '../nodeDawn.ts';
import { nodeFiles } from '../nodeFiles.ts';
import { readTuningFile, writeTuningFile } from '../nodeTuningFile.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

export const modelOptions = {
  model: { type: 'string' },
  context: { type: 'string' },
  backend: { type: 'string' },
  activations: { type: 'string' },
  kv: { type: 'string' },
  resident: { type: 'string' },
  'steps-ahead': { type: 'string' },
  'steps-together': { type: 'string' },
  tuning: { type: 'string' },
  /** What was measured before; `tune` adds to it. */
  'tuning-file': { type: 'string' },
  quantize: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Options;

type NumberOption = (typeof samplingControls)[number]['option'];
const numberOptions = Object.fromEntries(samplingControls.map(({ option }) => [option, { type: 'string' }])) as Record<
  NumberOption,
  { type: 'string' }
>;

/** One for each number of samplingControls.ts, and those that are no numbers. */
export const samplingOptions = {
  ...numberOptions,
  greedy: { type: 'boolean' },
  /** TEXT=BIAS */
  'logit-bias': { type: 'string', multiple: true },
  stop: { type: 'string', multiple: true },
  'dry-breaker': { type: 'string', multiple: true },
  /** Steps with commas between them. */
  order: { type: 'string' },
} as const satisfies Options;

export type ModelValues = { [Name in keyof typeof modelOptions]?: string | boolean | undefined };
export type SamplingValues = { [Name in keyof typeof samplingOptions]?: string | string[] | boolean | undefined };

/** `parseArgs` with negative numbers allowed as values: `--presence-penalty -1`. */
export function parse<const Wanted extends Options>(args: string[], options: Wanted) {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const isNumber = /^-\d*\.?\d+$/.test(args[i + 1] ?? '');
    joined.push(args[i].startsWith('--') && isNumber ? `${args[i]}=${args[++i]}` : args[i]);
  }
  return parseArgs({ args: joined, options, allowPositionals: true });
}

/** @throws EngineError `invalid-sampling` for text that is not a number */
export function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new EngineError('invalid-sampling', `--${name} must be a number; it is "${text}".`);
  }
  return value;
}

/** @throws EngineError `token-out-of-range` for anything but whole numbers and commas */
export function tokensOf(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^\s*\d+\s*$/.test(part)) {
      throw new EngineError('token-out-of-range', `--tokens takes whole numbers and commas; "${part}" is neither.`);
    }
    return Number(part);
  });
}

/** @throws EngineError `invalid-sampling` when there is no = with a number after it */
function biasOf(text: string): { text: string; bias: number } {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new EngineError('invalid-sampling', `--logit-bias takes TEXT=NUMBER; it is "${text}".`);
  return { text: text.slice(0, at), bias: numberOf('logit-bias', text.slice(at + 1)) };
}

/**
 * The model's recommendation, for answers that begin with thoughts or not, changed by the options given.
 * @throws EngineError `invalid-sampling`
 */
export function samplingOf(values: SamplingValues, model: ModelInfo, thinks = true): Sampling {
  const recommended = (thinks && model.thinkingSampling) || model.recommendedSampling;
  const sampling: Sampling = { ...neutralSampling, ...recommended };
  if (values.greedy) sampling.mode = 'greedy';
  for (const { option, key } of samplingControls) {
    const text = values[option];
    if (typeof text === 'string') sampling[key] = numberOf(option, text);
  }
  const { stop, 'logit-bias': biases, 'dry-breaker': breakers, order } = values;
  if (Array.isArray(stop)) sampling.stopStrings = stop;
  if (Array.isArray(biases)) sampling.logitBias = biases.map(biasOf);
  if (Array.isArray(breakers)) sampling.dryBreakers = breakers;
  if (typeof order === 'string') sampling.order = order.split(',').map((step) => step.trim() as SamplingStep);
  return checkSampling(sampling);
}

export const choice = <Choice extends string>(name: string, text: unknown, choices: readonly Choice[]): Choice => {
  const found = choices.find((item) => item === (text ?? 'auto'));
  if (!found) throw new EngineError('source-failed', `--${name} must be one of ${choices.join(', ')}.`);
  return found;
};

/** What floats become while they load; undefined: nothing else. @throws EngineError `source-failed` */
export function quantizeOf(text: string | boolean | undefined): QuantizedType | undefined {
  const wanted = choice('quantize', typeof text === 'string' ? text.toUpperCase() : 'NONE', ['NONE', 'Q8_0', 'Q4_K']);
  return wanted === 'NONE' ? undefined : wanted;
}

/**
 * Opens the model that `--model` names; progress goes to standard error when that is a terminal. What tuning finds goes into the
 * file that `--tuning-file` names, kernel by kernel, so that a load which is stopped keeps what it has found.
 */
export async function loadEngine(
  values: ModelValues,
  { onTuning, signal }: Pick<EngineHost, 'onTuning'> & { signal?: AbortSignal } = {},
): Promise<{ engine: Engine; model: ModelInfo; tuned?: string }> {
  if (typeof values.model !== 'string') throw new EngineError('source-failed', 'Name a model with --model FILE.');
  const options: LoadOptions = {
    backend: choice('backend', values.backend, ['auto', 'gpu', 'cpu'] as const),
    activations: choice('activations', values.activations, ['auto', 'int8', 'float'] as const),
    resident: choice('resident', values.resident, ['auto', 'on', 'off'] as const),
  };
  const quantize = quantizeOf(values.quantize);
  if (quantize) options.quantize = quantize;
  if (values.kv !== undefined) options.kv = choice('kv', values.kv, kvTypes);
  if (typeof values.context === 'string') options.contextLength = numberOf('context', values.context);
  if (typeof values['steps-ahead'] === 'string') options.stepsAhead = numberOf('steps-ahead', values['steps-ahead']);
  if (typeof values['steps-together'] === 'string')
    options.stepsTogether = numberOf('steps-together', values['steps-together']);
  if (values.tuning !== undefined) options.tuning = choice('tuning', values.tuning, tuningLevels);
  const tuningFile = values['tuning-file'];
  if (typeof tuningFile === 'string') options.tuned = await readTuningFile(tuningFile);
  const files = await nodeFiles(values.model);
  let writing = Promise.resolve();
  const keep = (tuned: string) => {
    if (typeof tuningFile === 'string')
      writing = writing.catch(() => {}).then(() => writeTuningFile(tuningFile, tuned));
    return writing;
  };
  const complain = (error: unknown) => console.error(error);
  const engine = new Engine({
    gpu: options.backend === 'cpu' ? null : await dawnGpu(),
    onTuned: (tuned) => void keep(tuned).catch(complain),
    onTuning: (progress) => {
      // Where that fails, so does the last one, which is told of.
      if (progress.entry) keep(progress.tuned).catch(() => {});
      onTuning?.(progress);
    },
  });
  const showing = process.stderr.isTTY ? showProgress : () => {};
  const { model, tuned } = await engine.load(files, options, showing, signal).catch(async (error: unknown) => {
    await writing.catch(complain);
    throw error;
  });
  clearProgress();
  if (tuned !== undefined) await keep(tuned);
  return { engine, model, ...(tuned !== undefined && { tuned }) };
}

function showProgress({ stage, loadedBytes, totalBytes }: Progress): void {
  const percent = Math.round((100 * loadedBytes) / totalBytes);
  process.stderr.write(`\r\x1b[KLoading: ${stage} ${percent} %`);
}

/** Takes the line of progress away, before another is written. */
export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
