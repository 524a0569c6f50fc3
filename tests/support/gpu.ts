// WebGPU devices for tests, by Dawn on SwiftShader (on the machine's own GPU with TEST_GPU=hardware): one device of a
// kind for each test file, an error scope around each test. Knows nothing of the engine but how it waits.
import { create, globals } from 'webgpu';
import { afterAll } from 'vitest';
import { useSwiftShader } from './swiftShader.ts';

Object.assign(globalThis, globals);

export interface DeviceOptions {
  /** Ask for the `subgroups` feature where the adapter has it. Default true. */
  subgroups?: boolean;
  /** 'adapter' raises every limit to the adapter's; 'portable' keeps the guaranteed ones (8 storage buffers). */
  limits?: 'adapter' | 'portable';
}

let gpu: GPU | undefined;
const devices = new Map<string, Promise<SharedDevice>>();

interface SharedDevice {
  device: GPUDevice;
  /** Errors that no scope has caught since the list was last emptied. */
  uncaptured: string[];
}

/** Dawn's `navigator.gpu`, made once. */
export function testGpu(): GPU {
  if (!gpu) {
    if (process.env.TEST_GPU !== 'hardware') useSwiftShader();
    gpu = create([]);
  }
  return gpu;
}

/** The adapter that all test devices come from. */
export async function testAdapter(): Promise<GPUAdapter> {
  const adapter = await testGpu().requestAdapter();
  if (!adapter) throw new Error('Dawn found no adapter, not even SwiftShader.');
  return adapter;
}

/** The device of this kind, shared by all tests of a file. Prefer `withDevice`, which also checks for errors. */
export async function sharedDevice(options: DeviceOptions = {}): Promise<GPUDevice> {
  return (await shared(options)).device;
}

/**
 * Wraps a test that uses the GPU: `test('adds', withDevice(async (device) => …))`. The test fails on any validation,
 * out-of-memory or internal error, caught or not, and when the device is lost.
 */
export function withDevice(body: (device: GPUDevice) => Promise<void> | void, options: DeviceOptions = {}) {
  return async (): Promise<void> => {
    const { device, uncaptured } = await shared(options);
    uncaptured.length = 0;
    const filters = ['validation', 'out-of-memory', 'internal'] as const;
    for (const filter of filters) device.pushErrorScope(filter);
    let failure: Error | undefined;
    try {
      await body(device);
      await device.queue.onSubmittedWorkDone();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    const scoped = await Promise.all(filters.map(() => device.popErrorScope()));
    const messages = [...scoped.flatMap((error) => (error ? [error.message] : [])), ...uncaptured];
    if (messages.length > 0) throw new Error(`WebGPU: ${messages.join('\n')}`, { cause: failure });
    if (failure) throw failure;
  };
}

/** Reads a buffer back. `bytes` counts from the start; the buffer needs COPY_SRC. */
export async function readBuffer(device: GPUDevice, buffer: GPUBuffer, bytes = buffer.size): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const copy = staging.getMappedRange().slice(0);
  staging.destroy();
  return copy;
}

function shared(options: DeviceOptions): Promise<SharedDevice> {
  const { subgroups = true, limits = 'adapter' } = options;
  const key = `${subgroups} ${limits}`;
  let made = devices.get(key);
  if (!made) {
    made = createDevice(subgroups, limits);
    devices.set(key, made);
  }
  return made;
}

async function createDevice(subgroups: boolean, limits: 'adapter' | 'portable'): Promise<SharedDevice> {
  const adapter = await testAdapter();
  const device = await adapter.requestDevice({
    requiredFeatures: subgroups && adapter.features.has('subgroups') ? ['subgroups'] : [],
    requiredLimits: limits === 'adapter' ? allLimits(adapter) : {},
  });
  const uncaptured: string[] = [];
  device.addEventListener('uncapturederror', (event) => uncaptured.push(event.error.message));
  void device.lost.then((info) => {
    if (info.reason !== 'destroyed') uncaptured.push(`The device was lost: ${info.message}`);
  });
  return { device, uncaptured };
}

function allLimits(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  // The names are getters of the prototype, so Object.entries would see none.
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  return limits;
}

// Node does not exit while a device or the object that `create` gave is referenced.
afterAll(async () => {
  for (const made of devices.values()) (await made).device.destroy();
  devices.clear();
  gpu = undefined;
});
