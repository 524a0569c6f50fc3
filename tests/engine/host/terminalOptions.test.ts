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
import { writeStarterFolder } from '../../support/starterFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

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

const root = path.join(import.meta.dirname, '../../..');

/** What a command prints. */
async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', path.join(root, 'build/rawImports.ts'), path.join(root, 'engine/host/terminal/main.ts'), ...args],
    { cwd: root },
  );
  return stdout;
}

test('inspect says what weights of floats take in every type, and which would fit', async () => {
  const folder = temporaryFolder();
  await writeStarterFolder(folder);
  interface Reckoned {
    needs: { totalBytes: number };
    fit: { verdict: string } | null;
  }
  interface Inspected {
    memory: Reckoned & {
      fitQuantized: { quantize: string } | null;
      weights: ({ quantize: string | null } & Reckoned)[];
    };
  }
  const inspected = async (...args: string[]) =>
    (JSON.parse(await run('inspect', folder, '--json', ...args)) as Inspected).memory;
  const { weights, fit, needs } = await inspected();
  expect([fit, weights.map(({ quantize }) => quantize)]).toEqual([null, [null, 'Q8_0', 'Q4_K']]);
  expect(weights[0].needs).toEqual(needs);
  const budget = String((needs.totalBytes - 1000) / 1e9);
  const reckoned = await inspected('--memory', budget);
  const verdicts = reckoned.weights.map((choice) => choice.fit?.verdict);
  expect(verdicts).toEqual(['fits-with-less-context', 'fits', 'fits']);
  expect([reckoned.fit?.verdict, reckoned.fitQuantized?.quantize]).toEqual(['fits-with-less-context', 'Q8_0']);
  const chosen = await inspected('--memory', budget, '--quantize', 'q4_k');
  expect([chosen.fit?.verdict, chosen.fitQuantized]).toEqual(['fits', null]);
  const text = await run('inspect', folder, '--memory', budget);
  expect(text).toContain('with --quantize q8_0 it fits into');
  expect(text).toMatch(/as they are {6}0\.\d+ GB, fits into 0\.\d+ GB with less context/);
});

test('generate --logprobs 8 --experts --json', async () => {
  const args = ['--model', starterPath, '--backend', 'cpu', '--prompt', 'Hello!', '--greedy', '--max-tokens', '3'];
  const stdout = await run('generate', ...args, '--logprobs', '8', '--experts', '--json');
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
