// The stored form of an answer's tokens: what goes in comes out, in few bytes, and damage is noticed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { decodeTokenRecord, encodeTokenRecord, type RecordedToken } from '../../../engine/generate/tokenRecord.ts';

const logprob = fc.double({ min: -160, max: 0, noNaN: true }).map((value) => value + 0);
const idOf = fc.nat(151_935);
const textOf = (id: number) => `${id % 7 === 0 ? '' : '·'}${id}é`;

const experts = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })).chain(([layers, used]) =>
  fc.record({
    layers: fc.constant(layers),
    used: fc.constant(used),
    ids: fc
      .array(fc.nat(511), { minLength: layers * used, maxLength: layers * used })
      .map((ids) => Uint16Array.from(ids)),
    weights: fc
      .array(fc.float({ min: 0, max: 4, noNaN: true }), { minLength: layers * used, maxLength: layers * used })
      .map((weights) => Float32Array.from(weights)),
  }),
);

const token: fc.Arbitrary<RecordedToken> = fc
  .record({
    id: idOf,
    text: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    logprob,
    sampledLogprob: fc.oneof(logprob, fc.constant(-Infinity)),
    others: fc.array(fc.record({ id: idOf, logprob }), { maxLength: 20 }),
    forced: fc.boolean(),
    experts: fc.option(experts, { nil: undefined }),
  })
  .map(({ id, text, others, forced, experts: chosen, ...rest }) => ({
    text: text ?? textOf(id),
    token: {
      id,
      ...rest,
      alternatives: others.map((other) => ({ ...other, text: textOf(other.id) })),
      ...(forced && { forced: true as const }),
      ...(chosen && { experts: chosen }),
    },
  }));

test('round trip', () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const back = decodeTokenRecord(encodeTokenRecord(tokens));
      expect(back).toHaveLength(tokens.length);
      for (const [i, { text, token: info }] of back.entries()) {
        const expected = tokens[i].token;
        expect(text).toBe(tokens[i].text);
        expect([info.id, info.forced, info.experts?.ids]).toEqual([
          expected.id,
          expected.forced,
          expected.experts?.ids,
        ]);
        expect(Math.abs(info.logprob - expected.logprob)).toBeLessThan(6e-6);
        if (expected.sampledLogprob === -Infinity) expect(info.sampledLogprob).toBe(-Infinity);
        else expect(Math.abs(info.sampledLogprob - expected.sampledLogprob)).toBeLessThan(6e-6);
        expect(info.alternatives.map(({ id, text }) => [id, text])).toEqual(
          expected.alternatives.map(({ id, text }) => [id, text]),
        );
        for (const [k, other] of info.alternatives.entries())
          expect(Math.abs(other.logprob - expected.alternatives[k].logprob)).toBeLessThan(6e-6);
        for (const [k, weight] of info.experts?.weights.entries() ?? [])
          expect(Math.abs(weight - expected.experts!.weights[k])).toBeLessThan(4e-5 * 4);
      }
    }),
  );
});

test('1,000 tokens with 8 alternatives take under 100 KB, even when hardly a token comes twice', () => {
  const tokens: RecordedToken[] = Array.from({ length: 1000 }, (_, i) => ({
    text: ` word${i}`,
    token: {
      id: i * 9,
      logprob: -0.5,
      sampledLogprob: -0.4,
      alternatives: Array.from({ length: 8 }, (_, k) => ({
        id: i * 9 + (k % 4),
        logprob: -k - 0.5,
        text: ` word${i}`,
      })),
    },
  }));
  expect(encodeTokenRecord(tokens).byteLength).toBeLessThan(100_000);
});

test('records one behind the other are read as one', () => {
  const token = (id: number, text: string): RecordedToken => ({
    text,
    token: { id, logprob: -1, sampledLogprob: 0, alternatives: [{ id, logprob: -1, text }] },
  });
  const pieces = [[token(1, 'a'), token(2, 'b')], [token(1, 'c')]];
  const bytes = Buffer.concat(pieces.map(encodeTokenRecord));
  expect(decodeTokenRecord(bytes).map(({ text, token: { id } }) => [id, text])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [1, 'c'],
  ]);
});

test('damage gives a coded error, never nonsense of unbounded size', () => {
  const bytes = encodeTokenRecord([
    { text: 'a', token: { id: 1, logprob: -1, sampledLogprob: 0, alternatives: [{ id: 2, logprob: -2, text: 'b' }] } },
  ]);
  for (const damaged of [
    bytes.slice(0, -1),
    Uint8Array.of(9, ...bytes.slice(1)),
    new Uint8Array(0),
    Uint8Array.of(1, 255, 255, 255, 255, 15),
  ])
    expect(() => decodeTokenRecord(damaged)).toThrow(EngineError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
      try {
        decodeTokenRecord(random);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }),
  );
});
