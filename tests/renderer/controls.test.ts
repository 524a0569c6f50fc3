// How sampling values read, what typed text becomes, and what a conversation stores of them.
import { describe, expect, it } from 'vitest';
import { neutralControls, samplingControls } from '../../engine/protocol.ts';
import {
  controls,
  differences,
  drawAs,
  drawOf,
  formatValue,
  modelDefaults,
  parseValue,
  sliderShare,
  stepValue,
  type ControlKey,
} from '../../renderer/sampling/controls.ts';
import { biasesOf, biasLinesOf, linesOf, textsOf } from '../../renderer/sampling/texts.ts';

const control = (key: ControlKey) => controls.find((one) => one.key === key)!;

describe('sampling controls', () => {
  it('covers every value of the engine and names each once', () => {
    const keys = samplingControls.map(({ key }) => key);
    expect(controls.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(new Set(controls.map(({ name }) => name)).size).toBe(controls.length);
  });

  it.each([
    ['topP', 1, 'off'],
    ['topK', 0, 'off'],
    ['minP', 0, 'off'],
    ['repetitionPenalty', 1, 'off'],
    ['presencePenalty', 0, 'off'],
    ['seed', null, 'random'],
    ['maxTokens', null, 'none'],
    ['temperature', 1, '1'],
    ['temperature', 0.85, '0.85'],
    ['seed', 0, '0'],
  ] as const)('shows %s %s as %s', (key, value, shown) => {
    expect(formatValue(control(key), value)).toBe(shown);
  });

  it.each([
    ['temperature', '0.2', 0.2],
    ['temperature', ' 1,5 ', 1.5],
    ['topP', 'off', 1],
    ['topP', '', 1],
    ['topK', 'OFF', 0],
    ['seed', 'random', null],
    ['seed', '4294967295', 4294967295],
    ['maxTokens', 'none', null],
    ['maxTokens', '1,000', 1000],
    ['presencePenalty', '-0.5', -0.5],
  ] as const)('takes %s typed as "%s"', (key, typed, value) => {
    expect(parseValue(control(key), typed)).toEqual({ ok: true, value });
  });

  it.each([
    ['temperature', '0'],
    ['temperature', '-1'],
    ['temperature', 'hot'],
    ['temperature', '1e999'],
    ['topP', '1.1'],
    ['topK', '2.5'],
    ['minP', '1'],
    ['repetitionPenalty', '0'],
    ['seed', '-1'],
    ['seed', '4294967296'],
    ['maxTokens', '0'],
  ] as const)('refuses %s typed as "%s" with a sentence that names it', (key, typed) => {
    const parsed = parseValue(control(key), typed);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.message).toMatch(new RegExp(`^${control(key).name} must be .*\\.$`));
  });

  it('steps without leaving the valid range and without rounding errors', () => {
    expect(stepValue(control('temperature'), 0.7, 1)).toBe(0.75);
    expect(stepValue(control('temperature'), 0.05, -1)).toBe(0.05);
    expect(stepValue(control('topP'), 0.95, 1)).toBe(1);
    expect(stepValue(control('topP'), 1, 1)).toBe(1);
    expect(stepValue(control('seed'), null, 1)).toBe(1);
    expect(stepValue(control('maxTokens'), null, 1)).toBe(16);
    expect(stepValue(control('frequencyPenalty'), 0.1, 2)).toBe(0.3);
  });

  it('keeps the slider within its track for values outside its range', () => {
    expect(sliderShare(control('temperature'), 50)).toBe(1);
    expect(sliderShare(control('topK'), 0)).toBe(0);
    expect(sliderShare(control('presencePenalty'), 0)).toBe(0.5);
  });

  it('stores only what differs from the model', () => {
    const defaults = modelDefaults({ temperature: 0.7, topK: 40 });
    expect(defaults).toMatchObject({ temperature: 0.7, topK: 40, topP: 1, mode: 'random' });
    expect(differences(defaults, defaults)).toEqual({});
    expect(differences({ ...defaults, temperature: 1, seed: 7 }, defaults)).toEqual({ temperature: 1, seed: 7 });
    const order = [...neutralControls.order];
    expect(differences({ ...defaults, typicalP: 1, stopStrings: [], order }, defaults)).toEqual({});
    expect(differences({ ...defaults, stopStrings: ['#'] }, defaults)).toEqual({ stopStrings: ['#'] });
  });

  it('switches between greedy, all tokens and truncated, and brings the truncation back', () => {
    const defaults = modelDefaults({ topP: 0.9, topK: 40 });
    expect(drawOf(defaults)).toBe('truncated');
    expect(drawOf({ ...defaults, mode: 'greedy' })).toBe('greedy');
    const mine = { ...defaults, typicalP: 0.8 };
    const random = { ...mine, ...drawAs('random', mine, mine, defaults) };
    expect(drawOf(random)).toBe('random');
    expect({ ...random, ...drawAs('truncated', random, mine, defaults) }).toMatchObject({ topP: 0.9, typicalP: 0.8 });
    expect(drawAs('truncated', random, null, defaults)).toMatchObject({ topP: 0.9, topK: 40, typicalP: 1 });
    expect(drawAs('truncated', random, null, modelDefaults({}))).toEqual({ mode: 'random', topP: 0.95 });
  });

  it('reads lists of texts and biases line by line', () => {
    expect(textsOf(linesOf(['\n', '###', 'a\\b', ' x']))).toEqual(['\n', '###', 'a\\b', ' x']);
    const biases = [
      { bias: -2.5, text: ' sea' },
      { bias: 100, text: 'a b' },
    ];
    expect(biasesOf(biasLinesOf(biases))).toEqual({ ok: true, value: biases });
    expect(biasesOf('sea -2')).toEqual({ ok: false, line: 'sea -2' });
  });
});
