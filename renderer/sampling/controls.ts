// What the Sampling panel turns: order, ranges of the sliders, how values read and how typed text becomes a value. Knows
// nothing of the screen; the rules of what is valid are the engine's.
import { checkSampling, neutralSampling, type Sampling } from '../../engine/protocol.ts';
import { text } from '../text/text.ts';

export type ControlKey = Exclude<keyof Sampling, 'mode'>;

export interface Control {
  key: ControlKey;
  name: string;
  hint: string;
  /** Range of the slider; a typed value may lie outside. null: no slider. */
  slider: { min: number; max: number; step: number } | null;
  /** By which the arrow keys move the number. */
  step: number;
  /** How the neutral value reads; null where it is an ordinary number. */
  neutralWord: string | null;
  /** Greedy heeds penalties and the limit of tokens alone. */
  countsWhenGreedy: boolean;
}

function control(key: ControlKey, slider: Control['slider'], neutralWord: string | null, step?: number): Control {
  return {
    key,
    ...text.sampling.controls[key],
    slider,
    step: step ?? slider?.step ?? 1,
    neutralWord,
    countsWhenGreedy: key === 'maxTokens' || key.endsWith('Penalty'),
  };
}

export const controls: readonly Control[] = [
  control('temperature', { min: 0.05, max: 2, step: 0.05 }, null),
  control('topP', { min: 0.05, max: 1, step: 0.05 }, text.sampling.neutral.off),
  control('topK', { min: 0, max: 100, step: 1 }, text.sampling.neutral.off),
  control('minP', { min: 0, max: 0.5, step: 0.01 }, text.sampling.neutral.off),
  control('repetitionPenalty', { min: 1, max: 1.5, step: 0.01 }, text.sampling.neutral.off),
  control('presencePenalty', { min: -2, max: 2, step: 0.1 }, text.sampling.neutral.off),
  control('frequencyPenalty', { min: -2, max: 2, step: 0.1 }, text.sampling.neutral.off),
  control('seed', null, text.sampling.neutral.random),
  control('maxTokens', null, text.sampling.neutral.none, 16),
];

/** The value as the field shows it. */
export function formatValue(control: Control, value: number | null): string {
  if (value === null || (control.neutralWord !== null && value === neutralSampling[control.key]))
    return control.neutralWord ?? '';
  return String(value);
}

export type Parsed = { ok: true; value: number | null } | { ok: false; message: string };

/** What was typed as a valid value, or the sentence that says why not. Empty and the neutral word mean neutral. */
export function parseValue(control: Control, typed: string): Parsed {
  const trimmed = typed.trim().toLowerCase();
  if (trimmed === '' || trimmed === control.neutralWord) return { ok: true, value: neutralSampling[control.key] };
  const value = Number(control.step < 1 ? trimmed.replace(',', '.') : trimmed.replace(/[,\s](?=\d{3}\b)/g, ''));
  if (!/^[-+]?[\d.,]/.test(trimmed) || !Number.isFinite(value))
    return { ok: false, message: text.sampling.notNumber(control.name) };
  return checkValue(control, value);
}

function checkValue(control: Control, value: number): Parsed {
  try {
    checkSampling({ ...neutralSampling, [control.key]: value });
    return { ok: true, value };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
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
    Object.entries(sampling).filter(([key, value]) => value !== defaults[key as keyof Sampling]),
  );
}
