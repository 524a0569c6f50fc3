// The bench: medians, what a plan needs, its rows on a tiny model, its options and texts. No test says how fast anything is.
import { expect, test } from 'vitest';
import { contextOf, measure, type BenchPlan, type BenchRow } from '../../../engine/bench/measure.ts';
import { headText, footText, profileText, rowText, type BenchReport } from '../../../engine/bench/report.ts';
import { spreadOf } from '../../../engine/bench/spread.ts';
import { CpuBackend } from '../../../engine/cpu/cpuBackend.ts';
import { watchMemory } from '../../../engine/host/terminal/bench/memory.ts';
import { fitting, planOf, quickPlan, usualPlan } from '../../../engine/host/terminal/bench/plan.ts';
import { loadModel } from '../../../engine/qwen3/model.ts';
import { randomModel } from '../../support/randomModel.ts';

const plan: BenchPlan = {
  depths: [0, 9],
  promptTokens: [5, 12],
  decodedTokens: 3,
  runs: 2,
  quietSeconds: 0.001,
  samplings: ['race', 'truncated', 'greedy'],
  experts: false,
};

async function tinySession(contextLength: number) {
  const backend = new CpuBackend();
  const { checkpoint } = randomModel({ vocabularySize: 64, contextLength });
  return { backend, model: await loadModel(checkpoint, backend, { contextLength }), cachedTokens: [] };
}

test('the middle of an odd and of an even number of runs', () => {
  expect(spreadOf([3, 1, 10])).toEqual({ median: 3, least: 1, most: 10, runs: 3 });
  expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, least: 1, most: 10, runs: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7, runs: 1 });
});

test('a row for each depth, prompt and way of sampling, in order', async () => {
  const rows: BenchRow[] = [];
  let drawn = 0;
  const events = { onRow: (row: BenchRow) => rows.push(row), onToken: () => drawn++ };
  const session = await tinySession(contextOf(plan));
  expect(await measure(session, plan, events)).toEqual(rows);
  const said = rows.map((row) =>
    row.kind === 'firstToken' ? `${row.kind} after ${row.quietSeconds} s` : `${row.kind} ${row.tokens} at ${row.depth}`,
  );
  expect(said).toEqual([
    'firstToken after 0 s',
    'firstToken after 0.001 s',
    'prefill 5 at 0',
    'prefill 12 at 0',
    ...Array<string>(3).fill('decode 3 at 0'),
    'prefill 5 at 9',
    ...Array<string>(3).fill('decode 3 at 9'),
  ]);
  expect(rows.flatMap((row) => (row.kind === 'decode' ? row.sampling : []))).toEqual([...plan.samplings, ...plan.samplings]); // prettier-ignore
  for (const row of rows) {
    const spread = row.kind === 'firstToken' ? row.milliseconds : row.tokensPerSecond;
    expect(spread.runs).toBe(2);
    expect(spread.least).toBeGreaterThan(0);
    expect(Number.isFinite(spread.most)).toBe(true);
  }
  // The warm-up; every run, one more that is not counted, and the filling of the second depth.
  expect(drawn).toBe(3 + 2 * 3 * 1 + 3 * 3 * 1 + 2 * 3 * 3 * 4 + 1);
});

test('refuses a plan that the context is too short for', async () => {
  const session = await tinySession(contextOf(plan) - 1);
  await expect(measure(session, plan)).rejects.toMatchObject({ code: 'prompt-too-long' });
});

test('options of the bench', () => {
  expect(planOf({}, usualPlan)).toEqual(usualPlan);
  const values = {
    depths: '0, 2048',
    'prompt-tokens': '64',
    'max-tokens': '7',
    runs: '1',
    quiet: '8',
    sampling: 'race,greedy',
  };
  expect(planOf(values, quickPlan)).toEqual({
    ...quickPlan,
    depths: [0, 2048],
    promptTokens: [64],
    decodedTokens: 7,
    runs: 1,
    quietSeconds: 8,
    samplings: ['race', 'greedy'],
  });
  for (const wrong of [{ depths: '0,x' }, { runs: '-1' }, { sampling: 'fast' }, { 'prompt-tokens': '' }])
    expect(() => planOf(wrong, usualPlan)).toThrow(/--/);
});

test('a short context keeps what fits into it', () => {
  expect(fitting(usualPlan, 8192)).toEqual(usualPlan);
  expect(fitting(usualPlan, 2048)).toMatchObject({ depths: [0], promptTokens: [512] });
  expect(fitting(usualPlan, 300)).toMatchObject({ depths: [0], promptTokens: [] });
});

test('memory before, at the most and after', async () => {
  const { result, memory } = await watchMemory(async () => new Uint8Array(64 * 2 ** 20).fill(1).length);
  expect(result).toBe(64 * 2 ** 20);
  expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.beforeBytes);
  expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.afterBytes);
});

test('says what was measured', () => {
  const spread = { median: 350.4, least: 340, most: 361, runs: 5 };
  const report: BenchReport = {
    model: 'Tiny',
    quantization: 'Q4_K_M',
    host: 'node',
    backend: { kind: 'webgpu', name: 'A card', software: false, activations: 'int8', kv: 'f16' },
    contextLength: 8192,
    plan,
    loadMs: 4321,
    hostMemory: { beforeBytes: 100e6, peakBytes: 420e6, afterBytes: 300e6 },
    memory: { weightBytes: 18.5e9, kvBytes: 0.8e9, scratchBytes: 0.1e9, totalBytes: 19.4e9 },
    memoryNeeds: null,
    driverBytes: 20e9,
    dispatchesPerToken: 341,
    residentOff: 'not asked for',
    rows: [],
  };
  expect(headText(report)).toBe('Tiny Q4_K_M on A card (node), int8 activations, f16 cache, context 8,192');
  expect(footText(report)).toContain('+320 MB at most (100 MB before, 420 MB peak, 300 MB after)');
  expect(footText(report)).toContain('19,400 MB: weights 18,500 MB, KV cache 800 MB, scratch 100 MB');
  expect(footText(report)).toContain('20,000 MB more than before loading');
  expect(footText({ ...report, hostMemory: null })).not.toContain('process');
  expect(rowText({ kind: 'decode', depth: 2048, tokens: 256, sampling: 'race', tokensPerSecond: spread })).toMatch(
    /^decode 256, at 2,048, race +350 tok\/s {2}\(340 to 361, 5 runs\)$/,
  );
  const firstToken = {
    kind: 'firstToken',
    promptTokens: 30,
    milliseconds: { ...spread, median: 12.34, runs: 1 },
  } as const;
  expect(rowText({ ...firstToken, quietSeconds: 0 })).toMatch(/^first token, prompt of 30 .*12\.3 ms .*1 run\)$/);
  expect(rowText({ ...firstToken, quietSeconds: 8 })).toMatch(/prompt of 30, 8 s of quiet .*12\.3 ms/);
  const row = { kernel: 'down', form: 'ROWS=1', count: 2, microseconds: 10, stepMicroseconds: 20, weightBytes: 2e7 };
  const [, first, last] = profileText([row]).split('\n');
  expect(first.split(/ {2,}/)).toEqual(['down', '2', '10.0', '20', '2,000', '100.0 %', 'ROWS=1']);
  expect(last.split(/ {2,}/)).toEqual(['all', '2', '20', '100 %']);
});
