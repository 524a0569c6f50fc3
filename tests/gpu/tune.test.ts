// A tiny model tuned on the software adapter: candidates are checked, the best are used and stored, answers stay the same, and
// what is known is not measured again.
import { describe, expect, test } from 'vitest';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
import { alike } from '../../engine/tuner/outputs.ts';
import {
  mergeTuning,
  noTuning,
  parseTuning,
  tuningText,
  type TuningEntry,
  type TuningKey,
} from '../../engine/tuner/table.ts';
import { tuneDispatches } from '../../engine/tuner/apply.ts';
import { mostCandidates, tunables } from '../../engine/tuner/tunables.ts';
import { Tuning } from '../../engine/tuner/tuning.ts';
import * as kernels from '../../engine/kernels/registry.ts';
import type { GpuProgram } from '../../engine/gpu/program.ts';
import { readBuffer, testGpu } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';
import { quantizeModel } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

const limits = { maxComputeInvocationsPerWorkgroup: 1024 };

async function openTiny(hardware: boolean) {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  opened.features.software = !hardware;
  const backend = await GpuBackend.open(opened, { maxTokens: 16, activations: 'int8' });
  const config = { vocabularySize: 64, contextLength: 32, layerCount: 1, headDim: 32, expertCount: 4, expertsUsed: 2 };
  const { checkpoint } = quantizeModel(randomModel(config), () => 'Q4_0');
  const model = await loadModel(checkpoint, backend, { contextLength: 32 });
  const logits = async () => {
    backend.setTokens([5, 6, 7], 0);
    await backend.run(model.prefill, 3);
    backend.setTokens([8], 3);
    await backend.run(model.score, 1);
    return backend.read(model.logits, 1);
  };
  return { adapter: opened.adapter, device: opened.device, backend, model, logits };
}

test.each([
  ['the kernels of single tokens', true],
  ['the general kernels', false],
])('%s', async (_, hardware) => {
  const { adapter, backend, model, logits } = await openTiny(hardware);
  try {
    const before = await logits();
    const seen: TuningEntry[] = [];
    // One shape of a kernel will do: each takes a software adapter seconds to compile.
    const shapes = new Map<string, string>();
    const isShape = ({ kernel, rows, shape }: TuningKey) => {
      const name = `${kernel} ${rows}`;
      if (!shapes.has(name)) shapes.set(name, shape);
      return shapes.get(name) === shape;
    };
    const tune = (tokens: number, tuning: Tuning) =>
      backend.tune(
        tokens === 1 ? model.step : model.prefill,
        {
          tokens,
          isWanted: (key) => key.rows === tokens && isShape(key) && !tuning.has(key),
          onProgress: ({ entry }) => entry && seen.push(entry),
        },
        3,
      );
    const nothing = new Tuning(adapter, noTuning, noTuning);
    const entries = [...(await tune(1, nothing)), ...(hardware ? [] : await tune(4, nothing))];
    expect(entries).toEqual(seen);
    const names = new Set(entries.map(({ kernel }) => kernel));
    expect([...names]).toEqual(
      expect.arrayContaining(hardware ? ['project_1token', 'attention_1token'] : ['matmul', 'down']),
    );
    for (const { microseconds, usualMicroseconds, kernel, choice } of entries) {
      expect(microseconds).toBeLessThanOrEqual(usualMicroseconds);
      expect(Object.keys(choice)).toEqual(tunables[kernel].constants);
    }

    const stored = parseTuning(tuningText(mergeTuning(noTuning, { adapter, entries, resident: [] })));
    const tuning = new Tuning(adapter, stored, noTuning);
    await backend.useTuning(tuning);
    expect(relativeError(await logits(), before)).toBeLessThan(0.02);
    // All is known now.
    expect(await tune(1, tuning)).toEqual([]);
    if (!hardware) expect(await tune(4, tuning)).toEqual([]);

    // The chosen constants are those that run; the head, which takes one row in any step, among them.
    const described = [...(model.step as GpuProgram).described];
    const changed = entries.map((entry) => {
      const { constants } = tunables[entry.kernel];
      const other = described.filter(({ kernel }) => kernel.name === entry.kernel);
      const candidates = tunables[entry.kernel].candidates(other[0] ?? described[0], limits);
      const choice = candidates.find((choice) => constants.some((name) => choice[name] !== entry.choice[name]));
      return { ...entry, choice: choice ?? entry.choice };
    });
    const forced = new Tuning(
      adapter,
      { version: 1, adapters: [{ adapter, entries: changed, resident: [] }] },
      noTuning,
    );
    const tuned = tuneDispatches(described, { tuning: forced, limits, maxTokens: 16 });
    const used = tuned.filter(({ kernel }) => names.has(kernel.name) && tunables[kernel.name]);
    expect(used.some(({ constants }, i) => JSON.stringify(constants) !== JSON.stringify(described[i]?.constants))).toBe(
      true,
    );
    for (const tokens of [1, 2, 4, 16]) {
      const runs = (list: typeof tuned) =>
        list.filter(({ tokens: range }) => !range || (tokens >= range.from && tokens <= range.to)).map(({ kernel }) => kernel.name); // prettier-ignore
      expect(runs(tuned)).toEqual(runs(described));
    }
    await backend.useTuning(forced);
    expect(relativeError(await logits(), before)).toBeLessThan(0.02);
  } finally {
    backend.destroy();
  }
});

test('the words of a router that single launches have added to are empty afterwards', async () => {
  const { device, backend, model, logits } = await openTiny(true);
  const { described } = model.step as GpuProgram;
  const adding = described.find(({ kernel }) => kernel === kernels.residualRouter1token)!;
  const words = async () => new Uint32Array(await readBuffer(device, adding.buffers['logit_words'] as GPUBuffer));
  try {
    const before = await logits();
    expect((await words()).every((word) => word === 0)).toBe(true);
    const isWanted = ({ kernel }: TuningKey) => kernel === 'residual_router_1token';
    const [{ kernel, microseconds }] = await backend.tune(model.step, { tokens: 1, isWanted }, 3);
    expect([kernel, microseconds > 0]).toEqual(['residual_router_1token', true]);
    expect((await words()).every((word) => word === 0)).toBe(true);
    expect(await logits()).toEqual(before);
    await backend.profile(model.step, 1, 3);
    expect((await words()).every((word) => word === 0)).toBe(true);
    expect(await logits()).toEqual(before);
  } finally {
    backend.destroy();
  }
});

describe('what can be tuned', () => {
  const known = new Set(Object.values(kernels).flatMap((kernel) => ('bindings' in kernel ? [kernel.name] : [])));

  test.each(Object.entries(tunables))('%s', (name, { outputs, constants, candidates }) => {
    expect(known).toContain(name);
    const own = Object.values(kernels).find((other) => 'bindings' in other && other.name === name)!;
    for (const output of Object.keys(outputs)) expect(own).toHaveProperty(['bindings', output], 'write');
    for (const GROUPS of [1, 8, 48]) {
      const dispatch = {
        kernel: own,
        constants: { GROUPS, USED: 8, SPLITS: 64 },
        buffers: {},
        workgroups: () => [1] as const,
      };
      const found = candidates(dispatch as never, limits);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(mostCandidates);
      for (const choice of found) expect(Object.keys(choice)).toEqual(constants);
    }
  });

  test('a choice that is no candidate is not used', () => {
    const dispatch = { kernel: kernels.router1token, constants: { EXPERTS: 8, LANES: 128 }, buffers: {}, workgroups: () => [4] as const }; // prettier-ignore
    const tuning = (choice: Record<string, number>) => {
      const fake = { choose: () => choice, knows: () => true } as unknown as Tuning;
      return tuneDispatches([dispatch], { tuning: fake, limits, maxTokens: 8 });
    };
    expect(tuning({ LANES: 64 })[0].constants).toEqual({ EXPERTS: 8, LANES: 64 });
    for (const wrong of [{ LANES: 96 }, { LANES: 1024 }, { LANES: 64, EXPERTS: 1 }, { SPLITS: 2 }])
      expect(tuning(wrong)).toEqual([dispatch]);
  });
});

test('outputs are alike within a share of the largest, and noise is like nothing', () => {
  const of = (...values: number[]) => Float32Array.from(values);
  expect(alike(of(100, 0), of(100.05, 0.05), 1e-3)).toBe(true);
  expect(alike(of(100, 0), of(100, 0.2), 1e-3)).toBe(false);
  expect(alike(of(1, NaN), of(1, NaN), 1)).toBe(false);
  expect(alike(of(1), of(Infinity), 1)).toBe(false);
});
