// DRY, penalty windows and logit bias: what each makes of the tokens that are there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DryBreakers, SamplerSettings } from '../../../engine/backend/backend.ts';
import { dryPenalty, longestRepeat, noBreakers, reachOf, repeats } from '../../../engine/cpu/dry.ts';
import { CpuSampler } from '../../../engine/cpu/sample.ts';
import { TokenHistory } from '../../../engine/cpu/tokenHistory.ts';
import { neutralSampling, type Sampling } from '../../../engine/generate/sampling.ts';
import type { TokenInfo } from '../../../engine/protocol.ts';

const rule = { dryMultiplier: 0.8, dryBase: 1.75, dryAllowedLength: 1, dryWindow: null };
const [a, b, c, y] = [0, 1, 2, 3];
const text = [a, b, c, c, b, c, y, a, b, c];

describe('DRY', () => {
  test('the example of the specification', () => {
    expect(Object.fromEntries(repeats(text, rule, noBreakers))).toEqual({ [c]: 3, [b]: 1, [y]: 2 });
    expect(Object.fromEntries(repeats(text, { ...rule, dryAllowedLength: 2 }, noBreakers))).toEqual({ [c]: 3, [y]: 2 });
  });

  test('what a repeat costs', () => {
    expect(dryPenalty(3, { ...rule, dryAllowedLength: 2 })).toBeCloseTo(0.8 * 1.75, 12);
    expect(dryPenalty(1, { ...rule, dryAllowedLength: 2 })).toBe(0);
    // ⌊88.7228391 / ln 1.75⌋ = 158.
    expect(longestRepeat({ ...rule, dryAllowedLength: 2 })).toBe(160);
    expect(dryPenalty(1e6, rule)).toBe(dryPenalty(159, rule));
    expect(Number.isFinite(Math.fround(dryPenalty(1e6, { ...rule, dryMultiplier: 1 })))).toBe(true);
    expect(dryPenalty(50, { ...rule, dryBase: 1 })).toBe(0.8);
  });

  test('a window forgets what lies before it', () => {
    expect(Object.fromEntries(repeats(text, { ...rule, dryWindow: 8 }, noBreakers))).toEqual({
      [b]: 1,
      [c]: 1,
      [y]: 2,
    });
    expect(repeats(text, { ...rule, dryWindow: 1 }, noBreakers).size).toBe(0);
  });

  test('a breaker ends repeats and is never held back', () => {
    const breakers: DryBreakers = { single: new Set([a]), sequences: new Map() };
    // After the newest a stand b and c: nothing longer than 2.
    expect(Object.fromEntries(repeats(text, rule, breakers))).toEqual({ [c]: 2, [b]: 1, [y]: 2 });
    expect(repeats(text, rule, { single: new Set([c]), sequences: new Map() }).size).toBe(0);
    expect(repeats([...text, y], rule, { single: new Set([a]), sequences: new Map() }).has(a)).toBe(false);
  });

  test('a breaker of several tokens', () => {
    const sequences = new Map([[a, [[b]]]]);
    // The pair a b begins two tokens back and one of them is its rest.
    expect(reachOf(text, 0, { single: new Set(), sequences })).toBe(1);
    expect(reachOf([a, c, b], 0, { single: new Set(), sequences })).toBe(3);
    expect(reachOf(text, 0, { single: new Set([b]), sequences })).toBe(1);
  });

  test('equals the naive search', () => {
    const tokens = fc.array(fc.nat(3), { maxLength: 40 });
    fc.assert(
      fc.property(tokens, fc.integer({ min: 1, max: 4 }), fc.nat(50), fc.nat(3), (ids, allowed, window, breaker) => {
        const breakers = { single: new Set([breaker + 2]), sequences: new Map<number, number[][]>() };
        const from = Math.max(0, ids.length - window);
        const reach = reachOf(ids, from, breakers);
        const expected = new Map<number, number>();
        for (let end = from; end < ids.length - 1; end++) {
          let same = 0;
          while (end - same >= from && ids[end - same] === ids[ids.length - 1 - same]) same++;
          const length = Math.min(same, reach);
          const next = ids[end + 1];
          if (length >= allowed && !breakers.single.has(next))
            expected.set(next, Math.max(length, expected.get(next) ?? 0));
        }
        const found = repeats(ids, { ...rule, dryAllowedLength: allowed, dryWindow: window }, breakers);
        expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
      }),
    );
  });
});

describe('windows', () => {
  test('count what lies within them, prompt and answer apart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4), { maxLength: 12 }),
        fc.array(fc.nat(4), { maxLength: 12 }),
        fc.option(fc.integer({ min: 1, max: 9 })),
        fc.option(fc.integer({ min: 1, max: 9 })),
        (prompt, answer, repetitionWindow, presenceWindow) => {
          const history = new TokenHistory(5);
          history.start(prompt, answer.slice(0, 3), { repetitionWindow, presenceWindow });
          for (const id of answer.slice(3)) history.push(id);
          const all = [...prompt, ...answer];
          const last = (count: number | null) => (count === null ? 0 : Math.max(0, all.length - count));
          for (let id = 0; id < 5; id++) {
            const times = (from: number) => all.filter((other, at) => at >= from && other === id).length;
            expect(history.repeated[id]).toBe(times(last(repetitionWindow)));
            expect(history.counts[id]).toBe(times(Math.max(prompt.length, last(presenceWindow))));
          }
        },
      ),
    );
  });
});

function draw(sampling: Partial<Sampling>, logits: number[], more: Partial<SamplerSettings> = {}): TokenInfo {
  const sampler = new CpuSampler(logits.length);
  const defaults = { seed: 1, sampleableTokens: logits.length, prompt: [], alternatives: 0 };
  sampler.configure({ sampling: { ...neutralSampling, mode: 'greedy', ...sampling }, ...defaults, ...more });
  sampler.draw(Float32Array.from(logits));
  return sampler.take() as TokenInfo;
}

describe('in the draw', () => {
  const logits = [1, 1.5, 3, 2];

  test('logit bias comes first, DRY subtracts, a window forgets', () => {
    expect(draw({}, logits).id).toBe(c);
    expect(draw({}, logits, { bias: [{ id: c, bias: -100 }] }).id).toBe(y);
    expect(draw({}, logits, { bias: [{ id: a, bias: 2.5 }] }).id).toBe(a);
    // A bias of 2 is halved by the repetition penalty as part of the logit.
    expect(draw({ repetitionPenalty: 2 }, [1, 0, 1.4, 0], { bias: [{ id: a, bias: 2 }], prompt: [a] }).id).toBe(a);
    // c would extend a repeat of three tokens: 3 − 0.8 · 1.75² = 0.55; y one of two: 2 − 0.8 · 1.75 = 0.6; b: 1.5 − 0.8.
    const dry = { dryMultiplier: 0.8, dryAllowedLength: 1 };
    expect(draw(dry, logits, { prompt: text }).id).toBe(a);
    expect(draw({ ...dry, dryWindow: 1 }, logits, { prompt: text }).id).toBe(c);
    expect(draw({ repetitionPenalty: 4 }, logits, { prompt: [c, a, a] }).id).toBe(y);
    expect(draw({ repetitionPenalty: 4, repetitionWindow: 2 }, logits, { prompt: [c, a, a] }).id).toBe(c);
    expect(draw({ presencePenalty: 2, presenceWindow: 1 }, logits, { answer: [c, a] }).id).toBe(c);
  });

  test('an answer that goes on draws as if it had not stopped', () => {
    const settings = {
      sampling: { ...neutralSampling, frequencyPenalty: 1 },
      seed: 9,
      sampleableTokens: 4,
      alternatives: 0,
    };
    const whole = new CpuSampler(4);
    whole.configure({ ...settings, prompt: [a] });
    const values = Float32Array.from(logits);
    const ids = Array.from({ length: 12 }, () => whole.draw(values));
    const rest = new CpuSampler(4);
    rest.configure({ ...settings, prompt: [a], answer: ids.slice(0, 5) });
    expect(Array.from({ length: 7 }, () => rest.draw(values))).toEqual(ids.slice(5));
  });
});
