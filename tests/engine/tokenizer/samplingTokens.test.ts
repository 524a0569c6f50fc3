// Texts of the sampling as tokens of the starter: biases, and breakers of one token and of several.
import { beforeAll, expect, test } from 'vitest';
import { biasTokens, dryBreakers } from '../../../engine/tokenizer/samplingTokens.ts';
import { Tokenizer } from '../../../engine/tokenizer/tokenizer.ts';
import { openStarter } from '../../support/starter.ts';

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = new Tokenizer((await openStarter()).tokenizer!);
});

test('a bias reaches every token of its text, biases add up', () => {
  const [id] = tokenizer.encode(' the', { special: false });
  const biases = [
    { text: ' the', bias: 2 },
    { text: ' the the', bias: -0.5 },
    { text: '<|im_end|>', bias: -100 },
  ];
  expect(biasTokens(tokenizer, biases)).toEqual([
    { id, bias: 1.5 },
    { id: tokenizer.encode('<|im_end|>', { special: true })[0], bias: -100 },
  ]);
});

test('breakers: tokens that hold one, and tokens that begin one', () => {
  const { single, sequences } = dryBreakers(tokenizer, ['\n', '"']);
  expect(single.has(tokenizer.encode('\n', { special: false })[0])).toBe(true);
  expect([...single].every((id) => /[\n"]/.test(tokenizer.decode([id])))).toBe(true);
  expect(sequences.size).toBe(0);
  const pair = dryBreakers(tokenizer, ['User:']);
  for (const id of pair.sequences.keys()) expect(tokenizer.decode([id])).toMatch(/(U|Us|Use|User)$/);
  const [head] = tokenizer.encode('User', { special: false });
  const tails = pair.sequences.get(head) ?? [];
  expect(tails.some((tail) => tokenizer.decode(tail).endsWith(':'))).toBe(true);
});
