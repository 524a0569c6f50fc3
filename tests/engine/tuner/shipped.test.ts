// The tables that ship: found for their devices, and made with the kernels of today. Whoever changes a kernel's text leaves its entries out
// (or measures them again, tests/bench/README.md): they would not be used any more.
import { describe, expect, test } from 'vitest';
import * as kernels from '../../../engine/kernels/registry.ts';
import { revisionOf } from '../../../engine/tuner/revision.ts';
import h100 from '../../../engine/tuner/tables/h100.json' with { type: 'json' };
import swiftShader from '../../../engine/tuner/tables/swiftshader.json' with { type: 'json' };
import { readTuning, type AdapterKey, type TuningEntry } from '../../../engine/tuner/table.ts';
import { tunables } from '../../../engine/tuner/tunables.ts';
import { tuningFor } from '../../../engine/tuner/tuneModel.ts';

/** Slots of the kernels, in the order in which their dispatches name the modules; choose_experts has one of its own, at the end. */
const slots: Readonly<Record<string, readonly string[]>> = {
  project_1token: ['first', 'second', 'third'],
  residual_1token: ['weights'],
  residual_router_1token: ['weights'],
  gate_up_1token: ['gate', 'up', 'choice'],
  down_1token: ['weights'],
  router_1token: [],
  matmul: ['input', 'weights', 'weights_form', 'token_tile'],
  gate_up: ['input', 'gate', 'gate_form', 'up', 'up_form', 'token_tile', 'slots'],
  down: ['input', 'weights', 'weights_form'],
  down_slots: ['input', 'weights', 'weights_form', 'token_tile', 'slots'],
};

/** The kernel's dispatch, as far as its entry tells. */
function dispatchOf({ kernel: name, shape }: TuningEntry) {
  const kernel = Object.values(kernels).find((other) => 'bindings' in other && other.name === name) as kernels.Kernel;
  const words = shape.split(' ');
  const modules = words.filter((word) => !word.includes('='));
  const pairs = modules.filter((module) => module.startsWith('pair_sums'));
  const others = modules.filter((module) => !pairs.includes(module));
  const names = [...slots[name], ...(others.includes('choose_experts') ? ['logits'] : [])];
  expect(others.length).toBe(names.length);
  const variant = Object.fromEntries([
    ...names.map((slot, i) => [slot, others[i]] as const),
    ...pairs.map((module) => ['pair_sums', module] as const),
  ]);
  const constants = Object.fromEntries(
    words.filter((word) => word.includes('=')).map((word) => [word.split('=')[0], Number(word.split('=')[1])]),
  );
  return { kernel, variant, constants, buffers: {}, workgroups: () => [1] as const };
}

describe.each([
  [
    'h100.json',
    h100,
    { vendor: 'nvidia', architecture: '', device: 'nvidia-h100-80gb-hbm3', description: 'NVIDIA: 999.1' },
  ],
  ['swiftshader.json', swiftShader, { vendor: 'google', architecture: 'swiftshader', device: '', description: '' }],
] as const)('%s', (_, file, adapter: AdapterKey) => {
  const tables = readTuning(file).adapters;
  const entries = tables.flatMap((table) => table.entries);

  test('every entry is read, and none says that resident layers are proven', () => {
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.length).toBe(file.adapters.flatMap((table) => table.entries as unknown[]).length);
    expect(tables.flatMap(({ resident }) => resident)).toEqual([]);
  });

  test('a device of this kind, with any driver, uses it', () => {
    const known = tuningFor(adapter, 'cached', null);
    for (const entry of entries) expect(known.choose(entry)).toEqual(entry.choice);
    const other = tuningFor({ ...adapter, vendor: 'amd' }, 'cached', null);
    const off = tuningFor(adapter, 'off', null);
    expect([other, off].map((tuning) => tuning.choose(entries[0]))).toEqual([null, null]);
  });

  test.each(entries.map((entry) => [entry.kernel, entry.rows, entry.shape, entry] as const))(
    '%s of %i rows: %s',
    (kernel, _rows, _shape, entry) => {
      const dispatch = dispatchOf(entry);
      expect(revisionOf(dispatch), `${kernel} is not what was measured`).toBe(entry.revision);
      expect(tunables[kernel].candidates(dispatch, { maxComputeInvocationsPerWorkgroup: 1024 })).toContainEqual(
        entry.choice,
      );
      expect(entry.microseconds).toBeLessThanOrEqual(entry.usualMicroseconds);
    },
  );
});
