// What is reckoned before loading against what the back end then holds, by count; and that nothing stays when it is freed.
import { expect, test } from 'vitest';
import { memoryNeeds, shapeOf, type KvType } from '../../engine/format/memoryNeeds.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
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
    descriptor.label === 'place_rows' ? compile(descriptor) : Promise.resolve({} as GPUComputePipeline);
  const backend = await GpuBackend.open(opened, { maxTokens, activations: 'int8', kv, placing: 'kernels' });
  return { backend, alive };
}

const shapes: [string, KvType, Partial<Qwen3Config>][] = [
  ['with experts, a cache of f16', 'f16', { expertCount: 8, expertsUsed: 4, expertIntermediateSize: 128 }],
  ['dense, a cache of q8', 'q8', { architecture: 'qwen3', expertCount: 0, expertsUsed: 0, intermediateSize: 1536 }],
];

test.each(shapes)(
  '%s: within a twentieth of what is held, part by part, and all of it freed',
  async (_, kv, change) => {
    const size = { hiddenSize: 512, headCount: 8, vocabularySize: 4096, contextLength, layerCount: 1 };
    const random = quantizeModel(randomModel({ ...size, ...change }), () => 'Q8_0');
    const { backend, alive } = await openBackend(kv);
    await loadModel(random.checkpoint, backend, { contextLength });

    const held = backend.memory;
    const needs = memoryNeeds(shapeOf(random.checkpoint), { contextLength, kv, maxTokens });
    expect(held.weightBytes).toBe(needs.weightBytes);
    expect(held.kvBytes).toBe(needs.kvBytes);
    expect(Math.abs(held.scratchBytes / needs.scratchBytes - 1)).toBeLessThan(0.05);

    expect([...alive].reduce((sum, { size }) => sum + size, 0)).toBe(held.totalBytes);
    backend.destroy();
    expect(alive.size).toBe(0);
    expect(backend.memory.totalBytes).toBe(0);
  },
);
