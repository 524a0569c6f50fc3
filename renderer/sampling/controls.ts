// What the Sampling panel turns: groups, ranges of the sliders, how values read and how typed text becomes a value. Knows
// nothing of the screen; the rules of what is valid are the engine's.
import {
  checkSampling,
  neutralControls,
  neutralSampling,
  samplingControls,
  type FullSampling as Sampling,
  type NumberControl,
  type NumberKey,
} from '../../engine/protocol.ts';
import { text } from '../text/text.ts';

export type ControlKey = NumberKey | 'thinkingBudget';

export interface Control<Key extends ControlKey = ControlKey> {
  key: Key;
  readonly name: string;
  readonly hint: string;
  /** Range of the slider; a typed value may lie outside. null: no slider. */
  slider: { min: number; max: number; step: number } | null;
  /** By which the arrow keys move the number. */
  step: number;
  neutral: number | null;
  /** How the neutral value reads; null where it is an ordinary number. */
  readonly neutralWord: string | null;
  /** Greedy heeds penalties and the limit of tokens alone. */
  countsWhenGreedy: boolean;
  /** Why a number is not valid; null where it is. */
  refuse: (value: number) => string | null;
}

type Slider = Control['slider'];
type Word = 'off' | 'random' | 'none' | 'all' | null;

function control(key: NumberKey, slider: Slider, word: Word): Control<NumberKey> {
  const known: NumberControl = samplingControls.find((one) => one.key === key)!;
  return {
    key,
    get name() {
      return text.sampling.controls[key].name;
    },
    get hint() {
      return text.sampling.controls[key].hint;
    },
    slider,
    step: slider?.step ?? known.step,
    neutral: neutralControls[key],
    get neutralWord() {
      return word === null ? null : word === 'all' ? text.sampling.all : text.sampling.neutral[word];
    },
    countsWhenGreedy: known.whenGreedy ?? false,
    refuse: (value) => refusalOf({ [key]: value }),
  };
}

export const basicControls: readonly Control<NumberKey>[] = [
  control('temperature', { min: 0.05, max: 2, step: 0.05 }, null),
  control('topP', { min: 0.05, max: 1, step: 0.05 }, 'off'),
  control('topK', { min: 0, max: 100, step: 1 }, 'off'),
  control('minP', { min: 0, max: 0.5, step: 0.01 }, 'off'),
  control('repetitionPenalty', { min: 1, max: 1.5, step: 0.01 }, 'off'),
  control('presencePenalty', { min: -2, max: 2, step: 0.1 }, 'off'),
  control('frequencyPenalty', { min: -2, max: 2, step: 0.1 }, 'off'),
  control('seed', null, 'random'),
  control('maxTokens', null, 'none'),
];

export const controlGroups: readonly {
  name: 'temperature' | 'truncation' | 'repetition';
  controls: Control<NumberKey>[];
}[] = [
  {
    name: 'temperature',
    controls: [
      control('dynamicTemperatureRange', { min: 0, max: 2, step: 0.05 }, 'off'),
      control('dynamicTemperatureExponent', null, null),
    ],
  },
  {
    name: 'truncation',
    controls: [
      control('typicalP', { min: 0.05, max: 1, step: 0.05 }, 'off'),
      control('xtcProbability', { min: 0, max: 1, step: 0.05 }, 'off'),
      control('xtcThreshold', null, null),
      control('minKeep', null, 'off'),
    ],
  },
  {
    name: 'repetition',
    controls: [
      control('repetitionWindow', null, 'all'),
      control('presenceWindow', null, 'all'),
      control('dryMultiplier', { min: 0, max: 2, step: 0.1 }, 'off'),
      control('dryBase', null, null),
      control('dryAllowedLength', null, null),
      control('dryWindow', null, 'all'),
    ],
  },
];

/** Kept with the conversation's thinking, not with its sampling. */
export const budgetControl: Control = {
  key: 'thinkingBudget',
  get name() {
    return text.sampling.thinking.budget.name;
  },
  get hint() {
    return text.sampling.thinking.budget.hint;
  },
  slider: null,
  step: 64,
  neutral: null,
  get neutralWord() {
    return text.sampling.neutral.none;
  },
  countsWhenGreedy: true,
  refuse: (value) => (Number.isInteger(value) && value >= 0 ? null : text.sampling.thinking.notBudget),
};

export const controls: readonly Control<NumberKey>[] = [
  ...basicControls,
  ...controlGroups.flatMap((group) => group.controls),
];

/** A value, neutral where nothing is said of it. */
export function valueOf<Key extends keyof Sampling>(sampling: Sampling, key: Key): Required<Sampling>[Key] {
  return (sampling[key] ?? neutralControls[key]) as Required<Sampling>[Key];
}

/** The value as the field shows it. */
export function formatValue(control: Control, value: number | null): string {
  if (value === null || (control.neutralWord !== null && value === control.neutral)) return control.neutralWord ?? '';
  return String(value);
}

export type Parsed = { ok: true; value: number | null } | { ok: false; message: string };

/** What was typed as a valid value, or the sentence that says why not. Empty and the neutral word mean neutral. */
export function parseValue(control: Control, typed: string): Parsed {
  const trimmed = typed.trim().toLowerCase();
  if (trimmed === '' || trimmed === control.neutralWord) return { ok: true, value: control.neutral };
  const value = Number(control.step < 1 ? trimmed.replace(',', '.') : trimmed.replace(/[,\s](?=\d{3}\b)/g, ''));
  if (!/^[-+]?[\d.,]/.test(trimmed) || !Number.isFinite(value))
    return { ok: false, message: text.sampling.notNumber(control.name) };
  return checkValue(control, value);
}

function checkValue(control: Control, value: number): Parsed {
  const message = control.refuse(value);
  return message === null ? { ok: true, value } : { ok: false, message };
}

/** The engine's sentence on a change that it does not take; null where it does. */
export function refusalOf(change: Partial<Sampling>): string | null {
  try {
    checkSampling({ ...neutralSampling, ...change });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One press of an arrow key; a step that would leave the valid range changes nothing. */
export function stepValue(control: Control, value: number | null, steps: number): number | null {
  const start = value ?? 0;
  const digits = control.step < 1 ? 2 : 0;
  const moved = Number((start + steps * control.step).toFixed(Math.max(digits, decimals(start))));
  const checked = checkValue(control, moved);
  return checked.ok ? checked.value : value;
}

function decimals(value: number): number {
  return String(value).split('.')[1]?.length ?? 0;
}

/** How far the slider stands, 0…1. */
export function sliderShare(control: Control, value: number | null): number {
  if (!control.slider || value === null) return 0;
  const { min, max } = control.slider;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** A new chat's values: neutral where the model recommends nothing. */
export function modelDefaults(recommended: Partial<Sampling>): Sampling {
  return { ...neutralSampling, ...recommended };
}

/** Only what differs from the model's defaults: that is what a conversation stores. */
export function differences(sampling: Sampling, defaults: Sampling): Partial<Sampling> {
  return Object.fromEntries(
    Object.entries(sampling).filter(([key]) => isDifferent(sampling, defaults, key as keyof Sampling)),
  );
}

export function isDifferent(sampling: Sampling, defaults: Sampling, key: keyof Sampling): boolean {
  return JSON.stringify(valueOf(sampling, key)) !== JSON.stringify(valueOf(defaults, key));
}

/** What drops tokens before the draw, at the values at which it does not. */
const noTruncation = { topK: 0, topP: 1, minP: 0, typicalP: 1, xtcProbability: 0 } as const satisfies Partial<Sampling>;
type Truncation = { [Key in keyof typeof noTruncation]: number };

function truncationOf(sampling: Sampling): Truncation {
  const keys = Object.keys(noTruncation) as (keyof Truncation)[];
  return Object.fromEntries(keys.map((key) => [key, valueOf(sampling, key)])) as unknown as Truncation;
}

export type Draw = 'greedy' | 'random' | 'truncated';

export function drawOf(sampling: Sampling): Draw {
  if (sampling.mode === 'greedy') return 'greedy';
  return JSON.stringify(truncationOf(sampling)) === JSON.stringify(noTruncation) ? 'random' : 'truncated';
}

/** The values that make the draw: truncation as it was before, else as the model recommends, else a customary one. */
export function drawAs(draw: Draw, sampling: Sampling, before: Sampling | null, defaults: Sampling): Partial<Sampling> {
  if (draw === 'greedy') return { mode: 'greedy' };
  if (draw === 'random') return { mode: 'random', ...noTruncation };
  const usual = [sampling, before, defaults].find((one) => one && drawOf({ ...one, mode: 'random' }) === 'truncated');
  return { mode: 'random', ...(usual ? truncationOf(usual) : { topP: 0.95 }) };
}
