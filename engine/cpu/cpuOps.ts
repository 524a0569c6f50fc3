// The operations of backend.ts as closures over typed arrays: each looks up the arrays behind its handles once, when a
// program is recorded, and calls its CPU twin at every run.
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
import { attention } from './attention.ts';
import type { CpuKvLayer, CpuMatrix, CpuRopeTable, CpuRoute, CpuStep, CpuTensor, CpuVector } from './handles.ts';
import { down } from './down.ts';
import { embed } from './embed.ts';
import { gateUp } from './gateUp.ts';
import { lastRow } from './lastRow.ts';
import { matmul } from './matmul.ts';
import { qkNormRope } from './qkNormRope.ts';
import { rmsNorm } from './rmsNorm.ts';
import { router } from './router.ts';
import type { CpuSampler } from './sample.ts';

export class CpuOps implements Ops {
  readonly #step: CpuStep;
  readonly #add: (operation: () => void) => void;

  constructor(step: CpuStep, add: (operation: () => void) => void) {
    this.#step = step;
    this.#add = add;
  }

  /** Rows of a tensor (slots aside) in this step. */
  #rows(tensor: Tensor): number {
    return tensor.extent === 'last' ? 1 : this.#step.tokens;
  }

  embed(embedding: Matrix, hidden: Tensor): void {
    const table = (embedding as CpuMatrix).values;
    const out = (hidden as CpuTensor).values;
    this.#add(() => embed(table, embedding.columns, this.#step.tokenIds, this.#step.tokens, out));
  }

  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void {
    const [from, to] = [(input as CpuTensor).values, (output as CpuTensor).values];
    this.#add(() => rmsNorm(from, (weight as CpuVector).values, epsilon, input.width, this.#rows(input), to));
  }

  matmul(input: Tensor, weight: Matrix, output: Tensor, place: ProductPlace = {}): void {
    const [from, to] = [(input as CpuTensor).values, (output as CpuTensor).values];
    const at = { stride: output.width, ...place };
    const { values, rows, columns } = weight as CpuMatrix;
    this.#add(() => matmul(values, rows, columns, from, this.#rows(input), to, at));
  }

  qkNormRope(qkv: Tensor, norms: HeadNorms, rope: RopeTable, cache: KvLayer): void {
    const shape = headShape(qkv, cache);
    const weights = {
      q: (norms.q as CpuVector).values,
      k: (norms.k as CpuVector).values,
      epsilon: norms.epsilon,
    };
    const values = (qkv as CpuTensor).values;
    const layer = cache as CpuKvLayer;
    this.#add(() => {
      const { tokens, position } = this.#step;
      qkNormRope(values, tokens, shape, weights, rope as CpuRopeTable, position, layer);
      layer.keep(position, tokens);
    });
  }

  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void {
    const shape = headShape(qkv, cache);
    const [from, to] = [(qkv as CpuTensor).values, (output as CpuTensor).values];
    const layer = cache as CpuKvLayer;
    this.#add(() => {
      const { tokens, position } = this.#step;
      layer.fetch(position + tokens);
      attention(from, tokens, shape, position, layer, to);
    });
  }

  router(input: Tensor, weight: Matrix, rule: RouterRule, route: Route): void {
    const { values, rows, columns } = weight as CpuMatrix;
    const from = (input as CpuTensor).values;
    const full = { ...rule, expertCount: rows, expertsUsed: route.expertsUsed };
    this.#add(() => router(values, columns, from, this.#rows(input), full, route as CpuRoute));
  }

  recordExperts(route: Route, layer: number): void {
    const { expertsUsed, expertIds, expertWeights, recordedIds, recordedWeights } = route as CpuRoute;
    this.#add(() => {
      const end = this.#step.tokens * expertsUsed;
      recordedIds.set(expertIds.subarray(end - expertsUsed, end), layer * expertsUsed);
      recordedWeights.set(expertWeights.subarray(end - expertsUsed, end), layer * expertsUsed);
    });
  }

  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void {
    const shape = expertShape(gate.rows, gate.columns, route);
    const [from, to] = [(input as CpuTensor).values, (output as CpuTensor).values];
    const [gates, ups] = [(gate as CpuMatrix).values, (up as CpuMatrix).values];
    this.#add(() => gateUp(gates, ups, shape, from, this.#rows(input), route as CpuRoute | null, to));
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const shape = expertShape(weight.columns, weight.rows, route);
    const [from, to] = [(input as CpuTensor).values, (hidden as CpuTensor).values];
    const { values } = weight as CpuMatrix;
    this.#add(() => down(values, shape, from, this.#rows(hidden), route as CpuRoute | null, to));
  }

  lastRow(input: Tensor, output: Tensor): void {
    const [from, to] = [(input as CpuTensor).values, (output as CpuTensor).values];
    this.#add(() => lastRow(from, this.#step.tokens, input.width, to));
  }

  sample(logits: Tensor, sampler: Sampler): void {
    const values = (logits as CpuTensor).values;
    const step = this.#step;
    this.#add(() => {
      step.position += step.tokens;
      step.tokenIds[0] = (sampler as CpuSampler).draw(values);
    });
  }
}

function headShape(qkv: Tensor, cache: KvLayer) {
  const { kvHeadCount, headDim } = cache;
  return { headCount: qkv.width / headDim - 2 * kvHeadCount, kvHeadCount, headDim };
}

function expertShape(intermediateSize: number, hiddenSize: number, route: Route | null) {
  return {
    intermediateSize,
    hiddenSize,
    expertCount: route ? (route as CpuRoute).expertCount : 1,
    expertsUsed: route?.expertsUsed ?? 1,
  };
}
