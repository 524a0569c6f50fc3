// Stop strings: found across the borders of tokens, held back while they could still come, never returned.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopStrings } from '../../../engine/tokenizer/stopStrings.ts';

/** What came out after each piece, and at the end. */
function feed(
  stops: string[],
  pieces: string[],
): { steps: string[]; text: string; matched: string | null; ids: number[] } {
  const matcher = new StopStrings<number>(stops);
  const steps: string[] = [];
  const ids: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    if (matcher.matched !== null) break;
    const out = matcher.push(piece, i);
    ids.push(...out.map((held) => held.with));
    steps.push(out.map(({ text }) => text).join(''));
  }
  const rest = matcher.flush();
  ids.push(...rest.map((held) => held.with));
  const text = steps.join('') + rest.map((held) => held.text).join('');
  return { steps, text, matched: matcher.matched, ids };
}

test('across the borders of tokens', () => {
  expect(feed(['STOP'], ['go S', 'TO', 'P and on'])).toMatchObject({
    steps: ['', '', 'go '],
    matched: 'STOP',
    ids: [0],
  });
  expect(feed(['STOP'], ['go ', 'ST', 'OUT'])).toMatchObject({ steps: ['go ', '', 'STOUT'], matched: null });
  expect(feed(['\n\n'], ['one\n', '\ntwo'])).toMatchObject({ text: 'one', matched: '\n\n', ids: [0] });
});

test('the earliest match wins, of those that begin together the one complete first', () => {
  expect(feed(['b', 'ab'], ['xab'])).toMatchObject({ text: 'x', matched: 'ab' });
  expect(feed(['abc', 'ab'], ['xabc'])).toMatchObject({ text: 'x', matched: 'ab' });
});

test('what was held back comes when the text ends; tokens without text stay in order', () => {
  expect(feed(['end.'], ['the en', '', 'd'])).toMatchObject({ text: 'the end', matched: null, ids: [0, 1, 2] });
  expect(feed([], ['a', '', 'b'])).toMatchObject({ steps: ['a', '', 'b'], ids: [0, 1, 2] });
});

test('equals a search in the whole text', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }), { maxLength: 3 });
  fc.assert(
    fc.property(stops, fc.array(letters, { maxLength: 10 }), (wanted, pieces) => {
      const { text, matched, ids } = feed(wanted, pieces);
      const whole = pieces.join('');
      if (matched === null) {
        expect(wanted.some((stop) => whole.includes(stop))).toBe(false);
        expect([text, ids]).toEqual([whole, pieces.map((_, i) => i)]);
      } else {
        expect(whole.startsWith(text + matched)).toBe(true);
        expect(wanted.some((stop) => text.includes(stop))).toBe(false);
      }
    }),
  );
});
