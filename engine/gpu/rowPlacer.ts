// place_rows at work: stored rows go from a mapped chunk to a buffer that the kernel reads, and from there into the matrix.
import { EngineError } from '../errors.ts';
import { placeRows } from '../kernels/registry.ts';
import type { Buffers } from './buffers.ts';
import { foldWorkgroups } from './dispatch.ts';
import type { Pipeline, Pipelines } from './pipelines.ts';
import type { Staging } from './staging.ts';
import { storedHeaderBytes, writeStoredHeader, type StoredChunk } from './storedChunk.ts';
import type { BufferRange } from './types.ts';
import { groupsOf, tileRows, type TypeLayout } from './weightLayouts.ts';

const workgroupLanes = 64;

export class RowPlacer {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  #stored: GPUBuffer | null = null;

  constructor(device: GPUDevice, buffers: Buffers, pipelines: Pipelines, staging: Staging) {
    this.#device = device;
    this.#buffers = buffers;
    this.#pipelines = pipelines;
    this.#staging = staging;
  }

  /** Bytes of rows that a chunk has room for. */
  get roomBytes(): number {
    return this.#staging.chunkBytes - storedHeaderBytes;
  }

  /** @throws EngineError `internal` when the driver cannot compile it */
  async pipeline({ stored, groupWords }: TypeLayout): Promise<Pipeline> {
    try {
      return await this.#pipelines.get(placeRows, { GROUP_WORDS: groupWords }, { stored: stored! });
    } catch (error) {
      throw new EngineError('internal', 'The GPU driver could not compile a kernel.', String(error));
    }
  }

  /** Rows that fill `matrix` through one bind group, chunk after chunk. */
  bind({ layout }: Pipeline, matrix: BufferRange): GPUBindGroup {
    // One is enough: a device runs copies and kernels of one queue in order, and both are short beside the way to it.
    this.#stored ??= this.#buffers.create('storedRows', this.#staging.chunkBytes);
    return this.#device.createBindGroup({
      label: placeRows.name,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.#stored } },
        { binding: 1, resource: matrix },
      ],
    });
  }

  /** A mapped chunk and its bytes; the rows begin after storedHeaderBytes. */
  async take(): Promise<{ chunk: GPUBuffer; bytes: Uint8Array }> {
    const chunk = await this.#staging.take();
    return { chunk, bytes: new Uint8Array(chunk.getMappedRange()) };
  }

  /** Sends `rowsBytes` bytes of rows in the chunk on their way. */
  place(
    { chunk, bytes }: { chunk: GPUBuffer; bytes: Uint8Array },
    rowsBytes: number,
    stored: StoredChunk,
    { pipeline, bindGroup, layout }: { pipeline: Pipeline; bindGroup: GPUBindGroup; layout: TypeLayout },
  ): void {
    writeStoredHeader(new Uint32Array(bytes.buffer, bytes.byteOffset, storedHeaderBytes / 4), stored);
    const planes = Math.ceil(layout.groupWords / tileRows);
    const lanes = stored.tiles * groupsOf(stored.columns) * planes * tileRows;
    this.#staging.submit(chunk, (encoder) => {
      const copied = Math.ceil((storedHeaderBytes + rowsBytes) / 4) * 4;
      encoder.copyBufferToBuffer(chunk, 0, this.#stored!, 0, copied);
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...foldWorkgroups(Math.ceil(lanes / workgroupLanes)));
      pass.end();
    });
  }
}
