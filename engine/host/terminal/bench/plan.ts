// What a bench measures, from its options.
import { benchSamplings, contextOf, type BenchPlan, type BenchSampling } from '../../../bench/measure.ts';
import { EngineError } from '../../../errors.ts';

export const planOptions = {
  /** Numbers with commas between them. */
  depths: { type: 'string' },
  'prompt-tokens': { type: 'string' },
  'max-tokens': { type: 'string' },
  runs: { type: 'string' },
  /** Seconds. */
  quiet: { type: 'string' },
  /** Names with commas between them. */
  sampling: { type: 'string' },
  experts: { type: 'boolean' },
} as const;

export type PlanValues = { [Name in keyof typeof planOptions]?: string | boolean | undefined };

export const usualPlan: BenchPlan = {
  depths: [0, 2048],
  promptTokens: [512, 2048],
  decodedTokens: 256,
  runs: 5,
  quietSeconds: 0,
  samplings: ['race'],
  experts: false,
};

/** For the CPU and software adapters, where the other would take minutes. */
export const quickPlan: BenchPlan = { ...usualPlan, depths: [0], promptTokens: [64], decodedTokens: 32, runs: 3 };

/** The plan without what a context is too short for. */
export function fitting(plan: BenchPlan, contextLength: number): BenchPlan {
  const fits = (part: Partial<BenchPlan>) =>
    contextOf({ ...plan, depths: [0], promptTokens: [], ...part }) <= contextLength;
  const promptTokens = plan.promptTokens.filter((count) => fits({ promptTokens: [count] }));
  return { ...plan, promptTokens, depths: plan.depths.filter((depth) => fits({ promptTokens, depths: [depth] })) };
}

/** @throws EngineError `invalid-sampling` for what is no whole number, or no way of sampling */
export function planOf(values: PlanValues, otherwise: BenchPlan): BenchPlan {
  const counts = (name: keyof PlanValues, usual: readonly number[]) =>
    texts(values[name])?.map((text) => countOf(name, text, 0)) ?? usual;
  return {
    depths: counts('depths', otherwise.depths),
    promptTokens: counts('prompt-tokens', otherwise.promptTokens),
    decodedTokens: Math.max(1, countOf('max-tokens', values['max-tokens'], otherwise.decodedTokens)),
    runs: Math.max(1, countOf('runs', values.runs, otherwise.runs)),
    quietSeconds: countOf('quiet', values.quiet, otherwise.quietSeconds),
    samplings: texts(values.sampling)?.map(samplingOf) ?? otherwise.samplings,
    experts: values.experts === true,
  };
}

/** @throws EngineError `invalid-sampling` */
export function countOf(name: string, text: string | boolean | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (typeof text === 'string' && /^\d{1,7}$/.test(text.trim())) return Number(text);
  throw new EngineError('invalid-sampling', `--${name} must be a whole number; it is "${text}".`);
}

function samplingOf(text: string): BenchSampling {
  if (Object.hasOwn(benchSamplings, text)) return text as BenchSampling;
  const known = Object.keys(benchSamplings).join(', ');
  throw new EngineError('invalid-sampling', `--sampling takes ${known}; it is "${text}".`);
}

const texts = (value: string | boolean | undefined) =>
  typeof value === 'string' ? value.split(',').map((text) => text.trim()) : undefined;
