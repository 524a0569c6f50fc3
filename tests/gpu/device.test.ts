// The test device itself: that a compute shader runs without a GPU, and that errors fail a test.
import { expect, test } from 'vitest';
import { readBuffer, sharedDevice, testAdapter, withDevice } from '../support/gpu.ts';

const doubling = `
  @group(0) @binding(0) var<storage, read_write> values: array<u32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&values)) { values[id.x] *= 2u; }
  }`;

test(
  'runs a compute shader',
  withDevice(async (device) => {
    const input = Uint32Array.from({ length: 1000 }, (_, index) => index);
    const buffer = device.createBuffer({
      size: input.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(buffer, 0, input);
    const module = device.createShaderModule({ code: doubling });
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer } }],
      }),
    );
    pass.dispatchWorkgroups(Math.ceil(input.length / 64));
    pass.end();
    device.queue.submit([encoder.finish()]);

    const output = new Uint32Array(await readBuffer(device, buffer));
    expect(output).toEqual(input.map((value) => value * 2));
    buffer.destroy();
  }),
);

test('a validation error fails the test', async () => {
  const broken = withDevice((device) => {
    device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
  });
  await expect(broken()).rejects.toThrow('WebGPU');
});

test('raises the limits to the adapter’s, or keeps the guaranteed ones', async () => {
  const adapter = await testAdapter();
  const raised = await sharedDevice();
  const portable = await sharedDevice({ subgroups: false, limits: 'portable' });
  expect(raised.limits.maxStorageBufferBindingSize).toBe(adapter.limits.maxStorageBufferBindingSize);
  expect(portable.limits.maxStorageBuffersPerShaderStage).toBe(8);
  expect(portable.features.has('subgroups')).toBe(false);
});
