// The operations of backend.ts as recorded dispatches. Knows which activations have an int8 form that is up to date, and
// adds quantize_rows where a kernel needs one; the kernels' grids and constants are the business of ops/.
import type { KvLayer, Matrix, Ops, RopeTable, Route, Sampler, Tensor, Vector } from '../backend/backend.ts';
import type { Dispatch } from './dispatch.ts';
import { attention } from './ops/attention.ts';
import { down, gateUp } from './ops/feedForward.ts';
import { qkNormRope } from './ops/qkNormRope.ts';
import { recordExperts } from './ops/recordExperts.ts';
import { rmsNorm } from './ops/rmsNorm.ts';
import { routerTopk } from './ops/routerTopk.ts';
import { sample } from './ops/sample.ts';
import { embed, inputForm, lastRow, matmul, quantizeRows, type InputForm } from './ops/weightedOps.ts';
import type { GpuSamplerMemory } from './sampler.ts';
import type {
  GpuKvLayer,
  GpuMatrix,
  GpuRopeTable,
  GpuRoute,
  GpuTensor,
  GpuVector,
  OpContext,
  QuantizedForm,
  QuantizedRows,
} from './types.ts';

/** What the operations need of the backend. */
export interface OpsHost {
  readonly context: OpContext;
  readonly activations: 'int8' | 'float';
  /** Room for a quantised form of a tensor. */
  quantizedRows(tensor: GpuTensor, form: QuantizedForm): QuantizedRows;
  /** [tokens, experts], shared by all layers of a shape. */
  routerLogits(expertCount: number): GpuTensor;
}

export class GpuOps implements Ops {
  readonly dispatches: Dispatch[] = [];
  sampler: GpuSamplerMemory | null = null;
  readonly #host: OpsHost;
  readonly #context: OpContext;
  /** Quantised forms that are those of the tensor's present values. */
  readonly #current: Record<QuantizedForm, Set<GpuTensor>> = { int8: new Set(), pairs: new Set() };

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
    const from = input as GpuTensor;
    const form = this.#inputForm(from, weight);
    this.#add(output, matmul(from, weight as GpuMatrix, output as GpuTensor, place, form, this.#context));
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
    const [from, to] = [input as GpuTensor, output as GpuTensor];
    const form = this.#inputForm(from, gate, up);
    const [gates, ups, chosen] = [gate as GpuMatrix, up as GpuMatrix, route as GpuRoute | null];
    this.#add(output, gateUp(from, gates, ups, chosen, to, form, this.#context));
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const [from, to] = [input as GpuTensor, hidden as GpuTensor];
    const form = this.#inputForm(from, weight);
    this.#add(hidden, down(from, weight as GpuMatrix, route as GpuRoute | null, to, form, this.#context));
  }

  recordExperts(route: Route, layer: number): void {
    this.dispatches.push(...recordExperts(this.#context, route as GpuRoute, layer));
  }

  lastRow(input: Tensor, output: Tensor): void {
    this.#add(output, lastRow(input as GpuTensor, output as GpuTensor, this.#context));
  }

  sample(logits: Tensor, sampler: Sampler): void {
    this.sampler = sampler as GpuSamplerMemory;
    this.dispatches.push(...sample(this.#context, logits as GpuTensor, this.sampler));
  }

  /** The form in which a kernel takes its input for these weights; adds what brings that form up to date. */
  #inputForm(tensor: GpuTensor, ...matrices: Matrix[]): InputForm {
    const { activations, context } = this.#host;
    const form = inputForm(matrices as GpuMatrix[], activations, context.features.software);
    if (form === 'float' || this.#current[form].has(tensor)) return form;
    tensor.quantized ??= {};
    tensor.quantized[form] ??= this.#host.quantizedRows(tensor, form);
    this.dispatches.push(...quantizeRows(tensor, form));
    this.#current[form].add(tensor);
    return form;
  }

  #add(written: Tensor, dispatches: readonly Dispatch[]): void {
    this.dispatches.push(...dispatches);
    for (const tensors of Object.values(this.#current)) tensors.delete(written as GpuTensor);
  }
}
