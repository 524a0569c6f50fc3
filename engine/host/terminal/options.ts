// Command-line options that several commands share, checked as they are read.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Engine, type Progress } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import { checkSampling, neutralSampling, type Sampling } from '../../generate/sampling.ts';
import type { LoadOptions, ModelInfo } from '../../protocol.ts';
import { dawnGpu } from '../dawn.ts';
import { nodeFiles } from '../nodeFiles.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

export const modelOptions = {
  model: { type: 'string' },
  context: { type: 'string' },
  backend: { type: 'string' },
  activations: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Options;

export const samplingOptions = {
  greedy: { type: 'boolean' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  'min-p': { type: 'string' },
  'repetition-penalty': { type: 'string' },
  'presence-penalty': { type: 'string' },
  'frequency-penalty': { type: 'string' },
  seed: { type: 'string' },
  'max-tokens': { type: 'string' },
} as const satisfies Options;

export type ModelValues = { [Name in keyof typeof modelOptions]?: string | boolean | undefined };
export type SamplingValues = { [Name in keyof typeof samplingOptions]?: string | boolean | undefined };

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

const samplingKeys = {
  temperature: 'temperature',
  'top-k': 'topK',
  'top-p': 'topP',
  'min-p': 'minP',
  'repetition-penalty': 'repetitionPenalty',
  'presence-penalty': 'presencePenalty',
  'frequency-penalty': 'frequencyPenalty',
  seed: 'seed',
  'max-tokens': 'maxTokens',
} as const satisfies Partial<Record<keyof SamplingValues, keyof Sampling>>;

/**
 * The model's recommendation, changed by the options given.
 * @throws EngineError `invalid-sampling`
 */
export function samplingOf(values: SamplingValues, model: ModelInfo): Sampling {
  const sampling: Sampling = { ...neutralSampling, ...model.recommendedSampling };
  if (values.greedy) sampling.mode = 'greedy';
  for (const [option, key] of Object.entries(samplingKeys)) {
    const text = values[option as keyof SamplingValues];
    if (typeof text === 'string') sampling[key] = numberOf(option, text);
  }
  return checkSampling(sampling);
}

const choice = <Choice extends string>(name: string, text: unknown, choices: readonly Choice[]): Choice => {
  const found = choices.find((item) => item === (text ?? 'auto'));
  if (!found) throw new EngineError('source-failed', `--${name} must be one of ${choices.join(', ')}.`);
  return found;
};

/** Opens the model that `--model` names; progress goes to standard error when that is a terminal. */
export async function loadEngine(values: ModelValues): Promise<{ engine: Engine; model: ModelInfo }> {
  if (typeof values.model !== 'string') throw new EngineError('source-failed', 'Name a model with --model FILE.');
  const options: LoadOptions = {
    backend: choice('backend', values.backend, ['auto', 'gpu', 'cpu'] as const),
    activations: choice('activations', values.activations, ['auto', 'int8', 'float'] as const),
  };
  if (typeof values.context === 'string') options.contextLength = numberOf('context', values.context);
  const files = await nodeFiles(values.model);
  const engine = new Engine({ gpu: options.backend === 'cpu' ? null : await dawnGpu() });
  const { model } = await engine.load(files, options, process.stderr.isTTY ? showProgress : () => {});
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { engine, model };
}

function showProgress({ stage, loadedBytes, totalBytes }: Progress): void {
  const percent = Math.round((100 * loadedBytes) / totalBytes);
  process.stderr.write(`\r\x1b[KLoading: ${stage} ${percent} %`);
}
