// The operations of backend.ts as recorded dispatches. Knows which activations have an int8 form that is up to date, and
// adds quantize_rows where a kernel needs one; the kernels' grids and constants are the business of ops/.
import type {
  HeadNorms,
  KvLayer,
  Matrix,
  Ops,
  ProductPlace,
  RopeTable,
  Route,
  RouterRule,
  Sampler,
  Tensor,
  Vector,
} from '../backend/backend.ts';
import type { Dispatch } from './dispatch.ts';
import { attention } from './ops/attention.ts';
import { down, gateUp } from './ops/feedForward.ts';
import { gateUpTiles } from './ops/feedForwardTiles.ts';
import { qkNormRope } from './ops/qkNormRope.ts';
import { recordExperts } from './ops/recordExperts.ts';
import { rmsNorm } from './ops/rmsNorm.ts';
import { routerTopk } from './ops/routerTopk.ts';
import { sample } from './ops/sample.ts';
import { tileForm, tilesFrom } from './ops/tiles.ts';
import { embed, inputForm, lastRow, matmul, quantizeRows, type InputForms } from './ops/weightedOps.ts';
import type { GpuSampler } from './sampler.ts';
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
  /** Room for a quantised form of a tensor, in steps of up to `tokens`. */
  quantizedRows(tensor: GpuTensor, form: QuantizedForm, tokens: number): QuantizedRows;
  /** [tokens, experts], shared by all layers of a shape. */
  routerLogits(expertCount: number): GpuTensor;
  /** Of routers in fixed point; shared by all layers, empty between them. */
  routerWords(expertCount: number): GPUBuffer;
}

export class GpuOps implements Ops {
  sampler: GpuSampler | null = null;
  readonly #host: OpsHost;
  readonly #context: OpContext;
  readonly #launches: Dispatch[] = [];
  /** Quantised forms that are those of the tensor's present values, in steps of up to so many tokens. */
  readonly #current: Record<QuantizedForm, Map<GpuTensor, number>> = {
    int8: new Map(),
    pairs: new Map(),
    halves: new Map(),
  };
  /** Tiles of gate_up, which wait to hear in what form their product is wanted. */
  #gateUpTiles: { output: GpuTensor; launch: (products: 'float' | 'halves') => Dispatch[] } | null = null;

  constructor(host: OpsHost) {
    this.#host = host;
    this.#context = host.context;
  }

  get dispatches(): readonly Dispatch[] {
    this.#finishGateUp();
    return this.#launches;
  }

  embed(embedding: Matrix, hidden: Tensor): void {
    this.#add(hidden, embed(embedding as GpuMatrix, hidden as GpuTensor, this.#context));
  }

  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void {
    this.#add(output, rmsNorm(this.#context, input as GpuTensor, weight as GpuVector, epsilon, output as GpuTensor));
  }

  matmul(input: Tensor, weight: Matrix, output: Tensor, place: ProductPlace = {}): void {
    const from = input as GpuTensor;
    const forms = this.#inputForms(from, weight);
    this.#add(output, matmul(from, weight as GpuMatrix, output as GpuTensor, place, forms, this.#context));
  }

  qkNormRope(qkv: Tensor, norms: HeadNorms, rope: RopeTable, cache: KvLayer): void {
    const { epsilon } = norms;
    const weights = { q: norms.q as GpuVector, k: norms.k as GpuVector, epsilon };
    this.#add(qkv, qkNormRope(this.#context, qkv as GpuTensor, weights, rope as GpuRopeTable, cache as GpuKvLayer));
  }

  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void {
    this.#add(output, attention(this.#context, qkv as GpuTensor, cache as GpuKvLayer, output as GpuTensor));
  }

  router(input: Tensor, router: Matrix, rule: RouterRule, route: Route): void {
    const logits = this.#host.routerLogits(router.rows);
    this.matmul(input, router, logits);
    this.#push(...routerTopk(this.#context, logits, rule, route as GpuRoute));
  }

  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void {
    const [from, to] = [input as GpuTensor, output as GpuTensor];
    const forms = this.#inputForms(from, gate, up);
    const [gates, ups, chosen] = [gate as GpuMatrix, up as GpuMatrix, route as GpuRoute | null];
    this.#add(output, gateUp(from, gates, ups, chosen, to, forms, this.#context));
    const { tiles } = forms;
    if (!tiles) return;
    const launch = (products: 'float' | 'halves') =>
      gateUpTiles(from, gates, ups, chosen, to, tiles, products, this.#context);
    this.#gateUpTiles = { output: to, launch };
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const [from, to] = [input as GpuTensor, hidden as GpuTensor];
    const forms = this.#inputForms(from, weight);
    this.#add(hidden, down(from, weight as GpuMatrix, route as GpuRoute | null, to, forms, this.#context));
  }

  recordExperts(route: Route, layer: number): void {
    this.#push(...recordExperts(this.#context, route as GpuRoute, layer));
  }

  lastRow(input: Tensor, output: Tensor): void {
    this.#add(output, lastRow(input as GpuTensor, output as GpuTensor, this.#context));
  }

  sample(logits: Tensor, sampler: Sampler): void {
    this.sampler = sampler as GpuSampler;
    this.#push(...sample(this.#context, logits as GpuTensor, this.sampler));
  }

  /** The forms in which kernels take their input for these weights; adds what brings them up to date. */
  #inputForms(tensor: GpuTensor, ...matrices: Matrix[]): InputForms {
    const { activations, context } = this.#host;
    const weights = matrices as GpuMatrix[];
    const few = inputForm(weights, activations, context.features.software);
    const tiles = tensor.extent === 'last' ? null : tileForm(weights, activations, context);
    const forms: InputForms = { few, tiles };
    this.#finishGateUp(tiles === 'halves' ? tensor : null);
    if (few !== 'float') this.#quantize(tensor, few, 1, tiles === 'halves' ? tilesFrom - 1 : context.maxTokens);
    if (tiles === 'halves') this.#quantize(tensor, tiles, tilesFrom, context.maxTokens);
    return forms;
  }

  #quantize(tensor: GpuTensor, form: QuantizedForm, first: number, last: number): void {
    const grown = this.#makeRoom(tensor, form, last);
    const from = grown ? first : Math.max(first, (this.#current[form].get(tensor) ?? 0) + 1);
    if (from > last) return;
    this.#push(...quantizeRows(tensor, form, { from, to: last }));
    this.#current[form].set(tensor, last);
  }

  /** True where there was none, or less. */
  #makeRoom(tensor: GpuTensor, form: QuantizedForm, tokens: number): boolean {
    tensor.quantized ??= {};
    if ((tensor.quantized[form]?.tokens ?? 0) >= tokens) return false;
    tensor.quantized[form] = this.#host.quantizedRows(tensor, form, tokens);
    return true;
  }

  /** Launches what waits; its product as halves where the next operation takes it so. */
  #finishGateUp(halvesFor: GpuTensor | null = null): void {
    const waiting = this.#gateUpTiles;
    if (!waiting) return;
    this.#gateUpTiles = null;
    const { output, launch } = waiting;
    if (halvesFor !== output) {
      this.#launches.push(...launch('float'));
      return;
    }
    this.#makeRoom(output, 'halves', this.#context.maxTokens);
    this.#launches.push(...launch('halves'));
    this.#current.halves.set(output, this.#context.maxTokens);
  }

  #push(...dispatches: readonly Dispatch[]): void {
    this.#finishGateUp();
    this.#launches.push(...dispatches);
  }

  #add(written: Tensor, dispatches: readonly Dispatch[]): void {
    this.#push(...dispatches);
    for (const tensors of Object.values(this.#current)) tensors.delete(written as GpuTensor);
  }
}
