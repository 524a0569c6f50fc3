// place_rows at work: stored rows go from a mapped chunk to a buffer that the kernel reads, and from there into the matrix. Float
// rows that are to be quantised go through another buffer and store_* first.
import { EngineError } from '../errors.ts';
import { tileRows } from '../format/deviceLayout.ts';
import type { QuantizedType } from '../format/quantize/quantizeRows.ts';
import type { TensorType } from '../format/tensorTypes.ts';
import { placeRows, storeQ4K, storeQ8_0, type Kernel } from '../kernels/registry.ts';
import type { Buffers } from './buffers.ts';
import { foldWorkgroups } from './dispatch.ts';
import type { Pipeline, Pipelines } from './pipelines.ts';
import type { Staging } from './staging.ts';
import { storedHeaderBytes, writeStoredHeader, type StoredChunk } from './storedChunk.ts';
import type { BufferRange } from './types.ts';
import { groupsOf, type TypeLayout } from './weightLayouts.ts';

const workgroupLanes = 64;

/** Kernels that quantise, and how many values a lane takes. */
const storers: Record<QuantizedType, { kernel: Kernel; laneValues: number }> = {
  Q8_0: { kernel: storeQ8_0, laneValues: 64 },
  Q4_K: { kernel: storeQ4K, laneValues: 32 },
};

/** What quantises a chunk of float rows. */
export interface Storer {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** What the rows are copied to. */
  readonly floats: GPUBuffer;
  readonly laneValues: number;
}

export interface Placing {
  readonly pipeline: Pipeline;
  readonly bindGroup: GPUBindGroup;
  readonly layout: TypeLayout;
  /** Null: rows come as they are to be placed. */
  readonly storer: Storer | null;
}

export class RowPlacer {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  #stored: GPUBuffer | null = null;
  #floats: GPUBuffer | null = null;

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
  pipeline({ stored, groupWords }: TypeLayout): Promise<Pipeline> {
    return compiled(this.#pipelines.get(placeRows, { GROUP_WORDS: groupWords }, { stored: stored! }));
  }

  /** @throws EngineError `internal` when the driver cannot compile it */
  async storer(from: TensorType, to: QuantizedType): Promise<Storer> {
    const { kernel, laneValues } = storers[to];
    const { pipeline, layout } = await compiled(
      this.#pipelines.get(kernel, {}, { floats: `floats_${from.toLowerCase()}` }),
    );
    const floats = (this.#floats ??= this.#buffers.create('floatRows', this.#staging.chunkBytes));
    const entries = [floats, this.#storedRows()].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindGroup = this.#device.createBindGroup({ label: kernel.name, layout, entries });
    return { pipeline, bindGroup, floats, laneValues };
  }

  /** Rows that fill `matrix` through one bind group, chunk after chunk. */
  bind({ layout }: Pipeline, matrix: BufferRange): GPUBindGroup {
    return this.#device.createBindGroup({
      label: placeRows.name,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.#storedRows() } },
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
    { pipeline, bindGroup, layout, storer }: Placing,
  ): void {
    writeStoredHeader(new Uint32Array(bytes.buffer, bytes.byteOffset, storedHeaderBytes / 4), stored);
    const planes = Math.ceil(layout.groupWords / tileRows);
    const lanes = stored.tiles * groupsOf(stored.columns) * planes * tileRows;
    this.#staging.submit(chunk, (encoder) => {
      const copied = Math.ceil((storedHeaderBytes + rowsBytes) / 4) * 4;
      encoder.copyBufferToBuffer(chunk, 0, storer?.floats ?? this.#storedRows(), 0, copied);
      if (storer) encoder.copyBufferToBuffer(chunk, 0, this.#storedRows(), 0, storedHeaderBytes);
      const pass = encoder.beginComputePass();
      if (storer) {
        pass.setPipeline(storer.pipeline);
        pass.setBindGroup(0, storer.bindGroup);
        pass.dispatchWorkgroups(...foldWorkgroups(Math.ceil(stored.values / storer.laneValues / workgroupLanes)));
      }
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...foldWorkgroups(Math.ceil(lanes / workgroupLanes)));
      pass.end();
    });
  }

  /** One is enough: a device runs copies and kernels of one queue in order, and both are short beside the way to it. */
  #storedRows(): GPUBuffer {
    return (this.#stored ??= this.#buffers.create('storedRows', this.#staging.chunkBytes));
  }
}

async function compiled(pipeline: Promise<Pipeline>): Promise<Pipeline> {
  try {
    return await pipeline;
  } catch (error) {
    throw new EngineError('internal', 'The GPU driver could not compile a kernel.', String(error));
  }
}
