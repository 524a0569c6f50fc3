// Whether a candidate computes what the usual constants do: the bound buffers that it writes are put back to what they were before,
// and those that count are read and compared, as far as the step writes them.
import { bufferUsage, mapMode } from '../gpu/constants.ts';
import type { Dispatch } from '../gpu/dispatch.ts';
import { decodeRouterWords } from '../gpu/routerWords.ts';
import type { BufferRange } from '../gpu/types.ts';
import { grows } from './apply.ts';
import type { Output, OutputForm } from './tunables.ts';

/** Of the largest value: sums in another order differ by less, int8 values by one step. */
const tolerance: Readonly<Record<OutputForm, number>> = { f32: 1e-3, u32: 0, row: 0.01, words: 1e-3 };

interface CheckedOutput {
  range: BufferRange;
  form: OutputForm;
  staging: GPUBuffer;
}

export class OutputCheck {
  readonly #device: GPUDevice;
  readonly #constants: Readonly<Record<string, number>>;
  readonly #outputs: readonly CheckedOutput[];
  /** What is written, and a copy of what it held. */
  readonly #written: readonly { range: BufferRange; copy: GPUBuffer }[];

  /**
   * @param outputs bindings of the dispatch that are compared
   * @param step its tokens, of as many as the tensors have room for
   */
  constructor(
    device: GPUDevice,
    dispatch: Dispatch,
    outputs: Readonly<Record<string, Output>>,
    step: { tokens: number; maxTokens: number },
  ) {
    this.#device = device;
    this.#constants = dispatch.constants ?? {};
    const buffer = (size: number, usage: number) => device.createBuffer({ label: 'tuner', size, usage });
    const encoder = device.createCommandEncoder();
    const written = Object.entries(dispatch.kernel.bindings)
      .filter(([, access]) => access === 'write')
      .map(([name]) => {
        const whole = rangeOf(dispatch.buffers[name]);
        const size = outputs[name] ? bytesWritten(dispatch, outputs[name], whole.size, step) : whole.size;
        const range = { ...whole, size };
        const copy = buffer(size, bufferUsage.copySource | bufferUsage.copyDestination);
        encoder.copyBufferToBuffer(range.buffer, range.offset, copy, 0, size);
        return { name, range, copy };
      });
    device.queue.submit([encoder.finish()]);
    this.#written = written;
    this.#outputs = written
      .filter(({ name }) => outputs[name])
      .map(({ name, range }) => ({
        range,
        form: outputs[name].form,
        staging: buffer(range.size, bufferUsage.mapRead | bufferUsage.copyDestination),
      }));
  }

  restore(encoder: GPUCommandEncoder): void {
    for (const { range, copy } of this.#written)
      encoder.copyBufferToBuffer(copy, 0, range.buffer, range.offset, range.size);
  }

  /** Submits the encoder; the values of each output. One at a time. */
  async read(encoder: GPUCommandEncoder): Promise<Float32Array[]> {
    for (const { range, staging } of this.#outputs)
      encoder.copyBufferToBuffer(range.buffer, range.offset, staging, 0, range.size);
    this.#device.queue.submit([encoder.finish()]);
    const values: Float32Array[] = [];
    for (const { staging, form } of this.#outputs) {
      await staging.mapAsync(mapMode.read);
      values.push(decode(staging.getMappedRange().slice(0), form, this.#constants));
      staging.unmap();
    }
    return values;
  }

  same(reference: readonly Float32Array[], actual: readonly Float32Array[]): boolean {
    return this.#outputs.every(({ form }, i) => alike(reference[i], actual[i], tolerance[form]));
  }

  destroy(): void {
    for (const { copy } of this.#written) copy.destroy();
    for (const { staging } of this.#outputs) staging.destroy();
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
  if (form === 'words') return decodeRouterWords(new Uint32Array(bytes), constants['EXPERTS']);
  // Blocks of 16 int8, then from SCALES_AT on a scale and a sum for each.
  const [scalesAt, integers] = [constants['SCALES_AT'], new Int8Array(bytes)];
  const values = new Float32Array(scalesAt * 4);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] * floats[scalesAt + 2 * (i >> 4)];
  return values;
}

/** Of an output, in a step of so many tokens: tensors have a row for each token, the first one first. */
function bytesWritten(
  dispatch: Dispatch,
  { ofOne }: Output,
  bytes: number,
  { tokens, maxTokens }: { tokens: number; maxTokens: number },
): number {
  if (grows(dispatch, maxTokens)) return Math.min(bytes, 4 * Math.ceil((bytes * tokens) / maxTokens / 4));
  return ofOne ? Math.min(bytes, 4 * ofOne(dispatch)) : bytes;
}

function rangeOf(bound: GPUBuffer | Partial<BufferRange>): BufferRange {
  const { buffer, offset = 0, size } = 'buffer' in bound ? (bound as { buffer: GPUBuffer; offset?: number; size?: number }) : { buffer: bound as GPUBuffer }; // prettier-ignore
  return { buffer, offset, size: size ?? buffer.size - offset };
}
