// What is reckoned before loading against what the back end then holds, by count; and that nothing stays when it is freed.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { memoryNeeds, shapeOf, type KvType } from '../../engine/format/memoryNeeds.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
import type { QuantizedType } from '../../engine/format/quantize/quantizeRows.ts';
import type { Qwen3Config } from '../../engine/format/checkpoint.ts';
import { testGpu } from '../support/gpu.ts';
import { quantizeModel } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

const contextLength = 4096;
const maxTokens = 512;

/** As on hardware, on a software adapter, with a record of the device's buffers that are not destroyed. */
async function openBackend(kv: KvType) {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  opened.features.software = false;
  const { device } = opened;
  const alive = new Set<GPUBuffer>();
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    alive.add(buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy();
    };
    return buffer;
  };
  // Only what loads weights runs; compiling all else would take a minute here.
  const compile = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) =>
    /^(place_rows|store_)/.test(descriptor.label ?? '')
      ? compile(descriptor)
      : Promise.resolve({} as GPUComputePipeline);
  const backend = await GpuBackend.open(opened, { maxTokens, activations: 'int8', kv, placing: 'kernels' });
  return { backend, alive, device };
}

const experts: Partial<Qwen3Config> = { expertCount: 8, expertsUsed: 4, expertIntermediateSize: 128 };
const dense = { architecture: 'qwen3', expertCount: 0, expertsUsed: 0, intermediateSize: 1536 } as const;
const shapes: [string, KvType, QuantizedType | undefined, Partial<Qwen3Config>][] = [
  ['with experts, a cache of f16', 'f16', undefined, experts],
  ['dense, a cache of q8', 'q8', undefined, dense],
  ['floats that become Q4_K', 'f16', 'Q4_K', experts],
];

test.each(shapes)(
  '%s: within a twentieth of what is held, part by part, and all of it freed',
  async (_, kv, quantize, change) => {
    const size = { hiddenSize: 512, headCount: 8, vocabularySize: 4096, contextLength, layerCount: 1 };
    const floats = randomModel({ ...size, ...change });
    const random = quantize ? floats : quantizeModel(floats, () => 'Q8_0');
    const { backend, alive } = await openBackend(kv);
    await loadModel(random.checkpoint, backend, { contextLength, quantize });

    const held = backend.memory;
    const needs = memoryNeeds(shapeOf(random.checkpoint), { contextLength, kv, quantize, maxTokens });
    expect(held.weightBytes).toBe(needs.weightBytes);
    expect(held.kvBytes).toBe(needs.kvBytes);
    expect(Math.abs(held.scratchBytes / needs.scratchBytes - 1)).toBeLessThan(0.05);

    expect([...alive].reduce((sum, { size }) => sum + size, 0)).toBe(held.totalBytes);
    backend.destroy();
    expect(alive.size).toBe(0);
    expect(backend.memory.totalBytes).toBe(0);
  },
);

test('a destroyed back end leaves no device behind, nor what was compiled for it', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const destroyed = async () => {
    const { backend, device } = await openBackend('f16');
    backend.destroy();
    return new WeakRef(device);
  };
  const device = await destroyed();
  await vi.waitFor(
    () => {
      collectGarbage();
      expect(device.deref() === undefined).toBe(true);
    },
    { timeout: 20_000, interval: 50 },
  );
});
