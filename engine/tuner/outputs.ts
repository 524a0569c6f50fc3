// Whether a candidate computes what the usual constants do: the bound buffers that it writes are put back to what they were before,
// and those that count are read and compared.
import { bufferUsage, mapMode } from '../gpu/constants.ts';
import type { Dispatch } from '../gpu/dispatch.ts';
import type { BufferRange } from '../gpu/types.ts';
import type { OutputForm } from './tunables.ts';

/** Of the largest value: sums in another order differ by less, int8 values by one step. */
const tolerance: Readonly<Record<OutputForm, number>> = { f32: 1e-3, u32: 0, row: 0.01 };

export class OutputCheck {
  readonly #device: GPUDevice;
  readonly #outputs: { range: BufferRange; form: OutputForm; constants: Readonly<Record<string, number>> }[];
  /** What is written, and a copy of what it held. */
  readonly #written: { range: BufferRange; copy: GPUBuffer }[];

  /** @param outputs bindings of the dispatch that are compared */
  constructor(
    device: GPUDevice,
    { kernel, buffers, constants = {} }: Dispatch,
    outputs: Readonly<Record<string, OutputForm>>,
  ) {
    this.#device = device;
    this.#outputs = Object.entries(outputs).map(([name, form]) => ({
      range: rangeOf(buffers[name]),
      form,
      constants,
    }));
    const encoder = device.createCommandEncoder();
    this.#written = Object.entries(kernel.bindings)
      .filter(([, access]) => access === 'write')
      .map(([name]) => {
        const range = rangeOf(buffers[name]);
        const usage = bufferUsage.copySource | bufferUsage.copyDestination;
        const copy = device.createBuffer({ label: 'tuner', size: range.size, usage });
        encoder.copyBufferToBuffer(range.buffer, range.offset, copy, 0, range.size);
        return { range, copy };
      });
    device.queue.submit([encoder.finish()]);
  }

  restore(encoder: GPUCommandEncoder): void {
    for (const { range, copy } of this.#written)
      encoder.copyBufferToBuffer(copy, 0, range.buffer, range.offset, range.size);
  }

  /** Submits the encoder; the values of each output. */
  async read(encoder: GPUCommandEncoder): Promise<Float32Array[]> {
    const staged = this.#outputs.map(({ range: { buffer, offset, size } }) => {
      const usage = bufferUsage.mapRead | bufferUsage.copyDestination;
      const staging = this.#device.createBuffer({ label: 'tuner', size, usage });
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
      return staging;
    });
    this.#device.queue.submit([encoder.finish()]);
    const values: Float32Array[] = [];
    for (const [i, staging] of staged.entries()) {
      await staging.mapAsync(mapMode.read);
      const { form, constants } = this.#outputs[i];
      values.push(decode(staging.getMappedRange().slice(0), form, constants));
      staging.destroy();
    }
    return values;
  }

  same(reference: readonly Float32Array[], actual: readonly Float32Array[]): boolean {
    return this.#outputs.every(({ form }, i) => alike(reference[i], actual[i], tolerance[form]));
  }

  destroy(): void {
    for (const { copy } of this.#written) copy.destroy();
  }
}

/** Numbers that are none are never alike: a reference of noise proves nothing. */
export function alike(reference: Float32Array, actual: Float32Array, tolerance: number): boolean {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < reference.length; i++) {
    if (!Number.isFinite(reference[i]) || !Number.isFinite(actual[i])) return false;
    largest = Math.max(largest, Math.abs(reference[i]));
    difference = Math.max(difference, Math.abs(reference[i] - actual[i]));
  }
  return difference <= tolerance * largest;
}

function decode(bytes: ArrayBuffer, form: OutputForm, constants: Readonly<Record<string, number>>): Float32Array {
  const floats = new Float32Array(bytes);
  if (form === 'f32') return floats;
  if (form === 'u32') return Float32Array.from(new Uint32Array(bytes));
  // Blocks of 16 int8, then from SCALES_AT on a scale and a sum for each.
  const [scalesAt, integers] = [constants['SCALES_AT'], new Int8Array(bytes)];
  const values = new Float32Array(scalesAt * 4);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] * floats[scalesAt + 2 * (i >> 4)];
  return values;
}

function rangeOf(bound: GPUBuffer | Partial<BufferRange>): BufferRange {
  const { buffer, offset = 0, size } = 'buffer' in bound ? (bound as { buffer: GPUBuffer; offset?: number; size?: number }) : { buffer: bound as GPUBuffer }; // prettier-ignore
  return { buffer, offset, size: size ?? buffer.size - offset };
}
