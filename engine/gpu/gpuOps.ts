// The operations of backend.ts as recorded dispatches. Knows which activations have an int8 form that is up to date, and
// adds quantize_rows where a kernel needs one; the kernels' grids and constants are the business of ops/.
import type { KvLayer, Matrix, Ops, RopeTable, Route, Sampler, Tensor, Vector } from '../backend/backend.ts';
import type { Dispatch } from './dispatch.ts';
import { attention } from './ops/attention.ts';
import { qkNormRope } from './ops/qkNormRope.ts';
import { rmsNorm } from './ops/rmsNorm.ts';
import { routerTopk } from './ops/routerTopk.ts';
import { sample } from './ops/sample.ts';
import { down, embed, gateUp, lastRow, matmul, quantizeRows } from './ops/weightedOps.ts';
import type { GpuSamplerMemory } from './sampler.ts';
import type {
  GpuKvLayer,
  GpuMatrix,
  GpuRopeTable,
  GpuRoute,
  GpuTensor,
  GpuVector,
  OpContext,
  QuantizedRows,
} from './types.ts';
import { isPacked } from './weightLayouts.ts';

/** What the operations need of the backend. */
export interface OpsHost {
  readonly context: OpContext;
  readonly activations: 'int8' | 'float';
  /** Room for a tensor's int8 form. */
  quantizedRows(tensor: GpuTensor): QuantizedRows;
  /** [tokens, experts], shared by all layers of a shape. */
  routerLogits(expertCount: number): GpuTensor;
}

export class GpuOps implements Ops {
  readonly dispatches: Dispatch[] = [];
  sampler: GpuSamplerMemory | null = null;
  readonly #host: OpsHost;
  readonly #context: OpContext;
  /** Tensors whose int8 form is that of their present values. */
  readonly #quantized = new Set<GpuTensor>();

  constructor(host: OpsHost) {
    this.#host = host;
    this.#context = host.context;
  }

  embed(embedding: Matrix, hidden: Tensor): void {
    this.#add(hidden, embed(embedding as GpuMatrix, hidden as GpuTensor, this.#context));
  }

  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void {
    this.#add(output, rmsNorm(this.#context, input as GpuTensor, weight as GpuVector, epsilon, output as GpuTensor));
  }

  matmul(input: Tensor, weight: Matrix, output: Tensor, place: { column?: number; accumulate?: boolean } = {}): void {
    const from = this.#input(input, weight);
    this.#add(output, matmul(from, weight as GpuMatrix, output as GpuTensor, place, this.#context));
  }

  qkNormRope(qkv: Tensor, norms: { q: Vector; k: Vector; epsilon: number }, rope: RopeTable, cache: KvLayer): void {
    const { epsilon } = norms;
    const weights = { q: norms.q as GpuVector, k: norms.k as GpuVector, epsilon };
    this.#add(qkv, qkNormRope(this.#context, qkv as GpuTensor, weights, rope as GpuRopeTable, cache as GpuKvLayer));
  }

  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void {
    this.#add(output, attention(this.#context, qkv as GpuTensor, cache as GpuKvLayer, output as GpuTensor));
  }

  router(input: Tensor, router: Matrix, rule: { normalize: boolean; scale: number }, route: Route): void {
    const logits = this.#host.routerLogits(router.rows);
    this.matmul(input, router, logits);
    this.dispatches.push(...routerTopk(this.#context, logits, rule, route as GpuRoute));
  }

  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void {
    const from = this.#input(input, gate, up);
    const [gates, ups] = [gate as GpuMatrix, up as GpuMatrix];
    this.#add(output, gateUp(from, gates, ups, route as GpuRoute | null, output as GpuTensor, this.#context));
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const from = this.#input(input, weight);
    this.#add(hidden, down(from, weight as GpuMatrix, route as GpuRoute | null, hidden as GpuTensor, this.#context));
  }

  lastRow(input: Tensor, output: Tensor): void {
    this.#add(output, lastRow(input as GpuTensor, output as GpuTensor, this.#context));
  }

  sample(logits: Tensor, sampler: Sampler): void {
    this.sampler = sampler as GpuSamplerMemory;
    this.dispatches.push(...sample(this.#context, logits as GpuTensor, this.sampler));
  }

  /** The input of a kernel that multiplies these weights, in int8 where they take it. */
  #input(input: Tensor, ...matrices: Matrix[]): GpuTensor {
    const tensor = input as GpuTensor;
    const packed = matrices.every((matrix) => isPacked((matrix as GpuMatrix).layout));
    if (this.#host.activations === 'float' || !packed || this.#quantized.has(tensor)) return tensor;
    tensor.quantized ??= this.#host.quantizedRows(tensor);
    this.dispatches.push(...quantizeRows(tensor));
    this.#quantized.add(tensor);
    return tensor;
  }

  #add(written: Tensor, dispatches: readonly Dispatch[]): void {
    this.dispatches.push(...dispatches);
    this.#quantized.delete(written as GpuTensor);
  }
}
