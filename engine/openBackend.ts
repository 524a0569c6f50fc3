// Which back end a model gets and how it is set up: the GPU where there is one, the CPU for small models.
import type { Backend } from './backend/backend.ts';
import { CpuBackend } from './cpu/cpuBackend.ts';
import { EngineError } from './errors.ts';
import type { Checkpoint } from './format/checkpoint.ts';
import { mostTokens, shapeOf, usualKv, weightBytesOf } from './format/memoryNeeds.ts';
import { openDevice, type GpuFeatures, type OpenDevice } from './gpu/device.ts';
import { GpuBackend } from './gpu/gpuBackend.ts';
import type { LoadOptions } from './protocol.ts';
import type { AdapterKey } from './tuner/table.ts';
import { tuningFor } from './tuner/tuneModel.ts';

/** The CPU back end keeps weights as f32, about seven times a Q4 file: beyond this it would fill the memory. */
const largestForCpu = 1e9;
/** Bytes of weights below which activations stay exact on hardware. */
const smallModel = 1e9;

/**
 * @param gpu the host's; null where it has none
 * @returns also by what the tuner's table knows the adapter; null on the CPU
 * @throws EngineError `no-gpu`, `too-large-for-cpu`, `out-of-memory`
 */
export async function openBackend(
  gpu: GPU | null,
  checkpoint: Checkpoint,
  options: LoadOptions,
): Promise<{ backend: Backend; adapter: AdapterKey | null }> {
  const wanted = options.backend ?? 'auto';
  const opened = wanted === 'cpu' || !gpu ? null : await openDevice(gpu, { software: wanted === 'gpu' });
  if (opened) return { backend: await openGpu(opened, checkpoint, options), adapter: opened.adapter };
  if (wanted === 'gpu') throw new EngineError('no-gpu', 'There is no GPU that this app can use.');
  if (checkpoint.byteLength >= largestForCpu) {
    const size = (checkpoint.byteLength / 1e9).toFixed(1);
    throw new EngineError(
      'too-large-for-cpu',
      `This model is ${size} GB, and without a GPU the app runs models of up to 1 GB. Choose a smaller one.`,
    );
  }
  return { backend: new CpuBackend(options.kv ? { kv: options.kv } : {}), adapter: null };
}

function openGpu(opened: OpenDevice, checkpoint: Checkpoint, options: LoadOptions): Promise<GpuBackend> {
  const { features, adapter } = opened;
  const { activations = 'auto', stepsAhead, stepsTogether } = options;
  return GpuBackend.open(opened, {
    tuning: tuningFor(adapter, options.tuning ?? 'cached', options.tuned ?? null),
    maxTokens: mostTokens({ ...features, matrices: features.matrices !== undefined }),
    ahead: {
      ...(stepsAhead !== undefined && { steps: Math.max(1, stepsAhead) }),
      ...(stepsTogether !== undefined && { together: Math.max(1, stepsTogether) }),
    },
    kv: options.kv ?? (features.software ? 'f32' : usualKv),
    activations:
      activations === 'auto'
        ? usualActivations(features, weightBytesOf(shapeOf(checkpoint), options.quantize))
        : activations,
  });
}

/**
 * int8 where integer dots pay: on software adapters, and for models so large that decoding waits for their weights. A small one
 * is faster with exact activations on hardware (1,560 against 800 tokens a second for the starter on an H100).
 */
function usualActivations({ integerDot, software }: GpuFeatures, weightBytes: number): 'int8' | 'float' {
  return integerDot && (software || weightBytes >= smallModel) ? 'int8' : 'float';
}
