// Opens a device with all that the adapter offers of what the kernels can use. The caller brings `navigator.gpu` or Dawn's.
import { EngineError } from '../errors.ts';
import { mostTokens } from '../format/memoryNeeds.ts';
import type { AdapterKey } from '../tuner/table.ts';
import { adapterName } from './adapterName.ts';

export interface GpuFeatures {
  subgroups: boolean;
  /** Lanes of a subgroup, where all have as many. */
  subgroupSize?: number;
  /** dot4I8Packed: int8 activations pay off. */
  integerDot: boolean;
  software: boolean;
  /**
   * What multiplies matrices of halves, 16 × 16 (kernels/shared/tiles/fragments_*.wgsl): the device's matrix units, or lanes in their
   * place, for tests. Left out where neither is wanted.
   */
  matrices?: 'units' | 'lanes';
}

export interface OpenDevice {
  device: GPUDevice;
  name: string;
  /** What tuning is stored under. */
  adapter: AdapterKey;
  features: GpuFeatures;
}

const raisedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

const matrixFeatures = ['shader-f16', 'chromium-experimental-subgroup-matrix'];

/** What an adapter with the second of these features says of its matrix units; not in @webgpu/types yet. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

const softwareAdapter = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/**
 * @param accept whether a software adapter will do
 * @returns null when there is no adapter, or only one that is not accepted
 * @throws EngineError `no-gpu` when an adapter is there but gives no device
 */
export async function openDevice(gpu: GPU, accept: { software: boolean }): Promise<OpenDevice | null> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { vendor, architecture, device: deviceName, description } = adapter.info;
  const name = adapterName(adapter.info);
  const software = isSoftware(adapter);
  if (software && !accept.software) return null;
  const requiredLimits: Record<string, number> = {};
  for (const limit of raisedLimits) requiredLimits[limit] = adapter.limits[limit];
  // Kernels count on at least four lanes.
  const lanes = subgroupLanes(adapter);
  const subgroups = adapter.features.has('subgroups') && lanes.least >= 4;
  const matrices = hasMatrixUnits(adapter);
  const wanted = [...(subgroups ? ['subgroups'] : []), ...(matrices ? matrixFeatures : []), 'timestamp-query'];
  try {
    const device = await adapter.requestDevice({
      label: 'conclave',
      requiredLimits,
      requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    });
    const integerDot = gpu.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false;
    const key = { vendor, architecture, device: deviceName, description };
    const features = {
      subgroups,
      ...(subgroups && lanes.least === lanes.most && { subgroupSize: lanes.least }),
      integerDot,
      software,
      ...(matrices && { matrices: 'units' as const }),
    };
    return { device, name, adapter: key, features };
  } catch (error) {
    throw new EngineError('no-gpu', 'The graphics driver refused to open the GPU.', String(error));
  }
}

/** Most prompt tokens that the engine will take in one step on an adapter. */
export const stepTokens = (adapter: GPUAdapter): number =>
  mostTokens({ software: isSoftware(adapter), matrices: hasMatrixUnits(adapter) });

function isSoftware({ info }: GPUAdapter): boolean {
  const { vendor, architecture, device, description, isFallbackAdapter } = info;
  return isFallbackAdapter || softwareAdapter.test(`${description} ${vendor} ${architecture} ${device}`);
}

/** Lanes of a subgroup. Chromium 130 still tells them among the limits; 0 where they are not told. */
function subgroupLanes({ info, limits }: GPUAdapter): { least: number; most: number } {
  const { minSubgroupSize = 0, maxSubgroupSize = 0 } = limits as { minSubgroupSize?: number; maxSubgroupSize?: number };
  const told = info as Partial<GPUAdapterInfo>;
  return { least: told.subgroupMinSize ?? minSubgroupSize, most: told.subgroupMaxSize ?? maxSubgroupSize };
}

/** Matrix units as the kernels use them: 16 × 16 × 16 halves summed in f32, by subgroups of 32 lanes and no other size. */
function hasMatrixUnits(adapter: GPUAdapter): boolean {
  const { features, info } = adapter;
  if (!features.has('subgroups') || !matrixFeatures.every((name) => features.has(name))) return false;
  const { least, most } = subgroupLanes(adapter);
  if (least !== 32 || most !== 32) return false;
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: readonly MatrixConfig[] };
  return Array.from(subgroupMatrixConfigs).some(
    ({ componentType, resultComponentType, M, N, K }) =>
      componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16,
  );
}
