// The terminal's options: every control by its name, texts that may come again, and `generate --json` with all that it shows.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { neutralSampling } from '../../../engine/generate/sampling.ts';
import { samplingControls } from '../../../engine/generate/samplingControls.ts';
import { parse, samplingOf, samplingOptions } from '../../../engine/host/terminal/options.ts';
import { samplingUsage } from '../../../engine/host/terminal/samplingUsage.ts';
import type { ModelInfo } from '../../../engine/protocol.ts';
import { starterPath } from '../../support/starter.ts';

const model = { recommendedSampling: { topK: 20 } } as ModelInfo;
const read = (...args: string[]) => samplingOf(parse(args, samplingOptions).values, model);

test('every control of the list is an option, and in the help', () => {
  for (const { option, key, step, least } of samplingControls) {
    const value = Math.max(least, step);
    expect(read(`--${option}`, String(value))).toEqual({ ...neutralSampling, topK: 20, [key]: value });
    expect(samplingUsage()).toContain(`--${option} N`);
  }
  for (const option of Object.keys(samplingOptions))
    if (option !== 'greedy') expect(samplingUsage()).toContain(`--${option} `);
});

test('texts, biases and orders', () => {
  const args = [
    '--stop',
    'a',
    '--stop',
    'b=c',
    '--logit-bias',
    'x=y=-5',
    '--dry-breaker',
    '\n',
    '--order',
    'topP, topK',
  ];
  expect(read(...args)).toMatchObject({
    stopStrings: ['a', 'b=c'],
    logitBias: [{ text: 'x=y', bias: -5 }],
    dryBreakers: ['\n'],
    order: ['topP', 'topK'],
  });
});

test.each([
  [['--logit-bias', 'x'], /--logit-bias takes TEXT=NUMBER/],
  [['--logit-bias', 'x=much'], /--logit-bias must be a number/],
  [['--typical-p', '2'], /Typical P must be above 0/],
  [['--order', 'topQ'], /"topQ" is not right/],
])('refuses %j', (args, sentence) => {
  expect(() => read(...args)).toThrow(sentence);
});

test('generate --logprobs 8 --experts --json', async () => {
  const root = path.join(import.meta.dirname, '../../..');
  const args = ['--model', starterPath, '--backend', 'cpu', '--prompt', 'Hello!', '--greedy', '--max-tokens', '3'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', path.join(root, 'build/rawImports.ts'), path.join(root, 'engine/host/terminal/main.ts'), 'generate', ...args, '--logprobs', '8', '--experts', '--json'], // prettier-ignore
    { cwd: root },
  );
  const answer = JSON.parse(stdout) as {
    ids: number[];
    alternatives: { id: number; text: string; logprob: number }[][];
    experts: { ids: number[][]; weights: number[][] }[];
  };
  expect(answer.ids).toHaveLength(3);
  for (const [i, alternatives] of answer.alternatives.entries()) {
    expect(alternatives).toHaveLength(8);
    expect(alternatives[0].id).toBe(answer.ids[i]);
    expect(alternatives.every(({ text }) => typeof text === 'string')).toBe(true);
    expect(answer.experts[i].ids.map((layer) => layer.length)).toEqual(
      answer.experts[i].weights.map(({ length }) => length),
    );
  }
  expect(answer.experts).toHaveLength(3);
});
