// Weights on the device: where each matrix lies, and what fills it as its rows stream in. Kernels re-lay them where they can;
// otherwise, and on software adapters, the CPU does.
import type { MatrixSpec, MatrixWriter } from '../backend/backend.ts';
import { QuantizingWriter } from '../backend/quantizingWriter.ts';
import { uploadChunkBytes } from '../format/deviceLayout.ts';
import type { Arrangement } from './arrangement.ts';
import type { Buffers } from './buffers.ts';
import { MatrixTarget } from './matrixParts.ts';
import { GpuMatrixWriter } from './matrixWriter.ts';
import type { Pipelines } from './pipelines.ts';
import { RowPlacer } from './rowPlacer.ts';
import { Staging } from './staging.ts';
import { StoredMatrixWriter } from './storedMatrixWriter.ts';
import type { GpuVector } from './types.ts';
import { layoutOf } from './weightLayouts.ts';
import type { WeightReads } from './weightReads.ts';

export interface WeightsHost {
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  readonly pipelines: Pipelines;
  readonly arrangement: Arrangement;
  /** Told of every matrix. */
  readonly reads: WeightReads;
  /** Most bytes of a matrix in one binding. */
  readonly bindingLimit: number;
  readonly placing: 'kernels' | 'cpu';
}

export class Weights {
  readonly #host: WeightsHost;
  readonly #staging: Staging;
  /** Null: the CPU places. */
  readonly #placer: RowPlacer | null;

  constructor(host: WeightsHost) {
    const { device, buffers, pipelines, placing } = host;
    this.#host = host;
    this.#staging = new Staging(device, buffers, uploadChunkBytes);
    this.#placer = placing === 'kernels' ? new RowPlacer(device, buffers, pipelines, this.#staging) : null;
  }

  createVector(label: string, values: Float32Array): GpuVector {
    return { label, width: values.length, buffer: this.#host.buffers.createFrom(label, values, 'weights') };
  }

  /** @throws EngineError `unsupported-type`, `out-of-memory` */
  createMatrix(spec: MatrixSpec): MatrixWriter {
    if (this.#placer && layoutOf(spec.quantize ?? spec.type, spec.label).stored)
      return new StoredMatrixWriter(this.#target(spec), this.#placer);
    const { quantize, ...stored } = spec;
    const writer = new GpuMatrixWriter(this.#target({ ...stored, type: quantize ?? stored.type }), this.#staging);
    return quantize ? new QuantizingWriter(writer, stored.type, quantize) : writer;
  }

  #target(spec: MatrixSpec): MatrixTarget {
    const { buffers, bindingLimit, arrangement, reads } = this.#host;
    const target = new MatrixTarget(spec, buffers, bindingLimit, arrangement.take(spec.label));
    reads.add(target);
    return target;
  }
}
