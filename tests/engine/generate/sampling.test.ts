// The description of the controls: complete, neutral where it says so, and with a sentence for every wrong value.
import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../../engine/errors.ts';
import {
  activeSteps,
  checkSampling,
  defaultOrder,
  needsChain,
  neutralControls,
  neutralSampling,
  orderOf,
  truncates,
  type Sampling,
} from '../../../engine/generate/sampling.ts';
import { samplingControls } from '../../../engine/generate/samplingControls.ts';

const sentence = (sampling: unknown): string => {
  try {
    checkSampling(sampling as Sampling);
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid-sampling' });
    return (error as EngineError).message;
  }
};

test('neutral values are valid, change nothing, and agree in both forms', () => {
  for (const sampling of [neutralSampling, neutralControls] as Sampling[]) {
    expect(sentence(sampling)).toBe('');
    expect([activeSteps(sampling), truncates(sampling), needsChain(sampling)]).toEqual([[], false, false]);
  }
  expect(neutralControls).toMatchObject(neutralSampling);
});

test('the list of controls names every number once, with an option and a line for a person', () => {
  const others = ['mode', 'dryBreakers', 'logitBias', 'stopStrings', 'order'];
  const keys = samplingControls.map(({ key }) => key);
  expect([...keys, ...others].sort()).toEqual(Object.keys(neutralControls).sort());
  expect(new Set(samplingControls.map(({ option }) => option)).size).toBe(keys.length);
  for (const { summary, step, neutral, key } of samplingControls) {
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(step).toBeGreaterThan(0);
    expect(sentence({ ...neutralSampling, [key]: neutral })).toBe('');
  }
});

describe('refuses with a sentence', () => {
  test.each([
    [{ temperature: 0 }, 'Temperature must be above 0 and at most 100; it is 0.'],
    [{ topP: -0.5 }, 'Top P must be above 0 and at most 1; it is -0.5.'],
    [{ minP: 1 }, 'Min P must be at least 0 and below 1; it is 1.'],
    [{ topK: 1.5 }, 'Top K must be a whole number, at least 0; it is 1.5.'],
    [{ typicalP: 0 }, 'Typical P must be above 0 and at most 1; it is 0.'],
    [{ xtcProbability: 2 }, 'XTC probability must be at least 0 and at most 1; it is 2.'],
    [{ dryBase: 0.5 }, 'DRY base must be at least 1 and at most 10; it is 0.5.'],
    [{ dryWindow: 0 }, 'DRY window must be a whole number, at least 1, or nothing for the whole context; it is 0.'],
    [{ minKeep: null }, 'Min keep must be a whole number, at least 1 and at most 1000; it is null.'],
    [{ seed: -1 }, 'Seed must be a whole number, at least 0 and at most 4294967295, or nothing for a new one for every answer; it is -1.'], // prettier-ignore
    [{ mode: 'best' }, 'The sampling mode must be greedy or random.'],
    [{ stopStrings: [''] }, 'Stop strings must be at most 8 texts of 1 to 500 characters.'],
    [{ stopStrings: Array<string>(9).fill('x') }, 'Stop strings must be at most 8 texts of 1 to 500 characters.'],
    [{ dryBreakers: 'x' }, 'DRY breakers must be at most 32 texts of 1 to 500 characters.'],
    [{ logitBias: [{ text: 'a', bias: 101 }] }, 'The logit bias of "a" must be between -100 and 100; it is 101.'],
    [{ logitBias: [null] }, 'Logit bias must be at most 300 texts of 1 to 500 characters.'],
    [{ order: ['topK', 'topK'] }, `The order must name each of ${defaultOrder.join(', ')} at most once; "topK" is not right.`], // prettier-ignore
    [{ order: ['mirostat'] }, `The order must name each of ${defaultOrder.join(', ')} at most once; "mirostat" is not right.`], // prettier-ignore
  ])('%j', (change, expected) => {
    expect(sentence({ ...neutralSampling, ...change })).toBe(expected);
  });
});

test('steps that an order leaves out follow in their customary order', () => {
  expect(orderOf({ ...neutralSampling, order: ['xtc', 'topK'] })).toEqual([
    'xtc', 'topK', 'penalties', 'dry', 'temperature', 'typicalP', 'topP', 'minP',
  ]); // prettier-ignore
  expect(orderOf(neutralSampling)).toEqual(defaultOrder);
});
