// The operations recorded for steps of one token: norms folded into the kernels around them, q, k and v in one launch, experts
// chosen where they are used. What does not fit these kernels (float or split matrices) falls to the general ones.
import type { KvLayer, Matrix, Ops, RopeTable, Route, Sampler, Tensor, Vector } from '../../backend/backend.ts';
import { runsFor, type Dispatch } from '../dispatch.ts';
import { GpuOps, type OpsHost } from '../gpuOps.ts';
import type { GpuKvLayer, GpuMatrix, GpuRopeTable, GpuRoute, GpuTensor, GpuVector } from '../types.ts';
import { isPacked } from '../weightLayouts.ts';
import { routerTopk } from '../ops/routerTopk.ts';
import * as launches from './launches.ts';
import { createAttendedRow, createQuantizedRow, type AttendedRow, type QuantizedRow } from './quantizedRow.ts';

/** A norm that was described and that nobody has computed yet. */
interface PendingNorm extends launches.Norm {
  readonly input: GpuTensor;
  readonly output: GpuTensor;
  folded: QuantizedRow | null;
  /** Also there as f32, for kernels that want it so. */
  plain: boolean;
}

/** A write to the hidden state that can prepare the norm after it: how, is known when that norm is. */
interface ResidualWrite {
  /** Its place in the launches. */
  readonly at: number;
  readonly fused: (next: launches.Norm, folded: QuantizedRow) => Dispatch;
}

interface Projection {
  readonly norm: PendingNorm;
  readonly output: GpuTensor;
  readonly matrices: { matrix: GpuMatrix; column: number }[];
}

interface Attention {
  readonly qkv: Tensor;
  readonly norms: { q: Vector; k: Vector; epsilon: number };
  readonly rope: RopeTable;
  readonly cache: KvLayer;
  output: Tensor | null;
}

interface GateUp {
  readonly input: Tensor;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly route: Route | null;
  readonly output: Tensor;
  readonly choice: launches.Choice | null;
}

/** True for devices and settings that these kernels are for. */
export function decodesFused({ activations, context }: OpsHost): boolean {
  return activations === 'int8' && !context.features.software;
}

const fits = (matrix: Matrix): matrix is GpuMatrix =>
  isPacked((matrix as GpuMatrix).layout) && (matrix as GpuMatrix).parts.length === 1;

export class DecodeOps implements Ops {
  readonly #host: OpsHost;
  /** The general operations, for one token; their dispatches are taken over as they come. */
  readonly #general: GpuOps;
  readonly #launches: Dispatch[][] = [];
  readonly #norms = new Map<Tensor, PendingNorm>();
  readonly #residuals = new Map<Tensor, ResidualWrite>();
  /** Tensors that are another's only row. */
  readonly #rows = new Map<Tensor, GpuTensor>();
  readonly #folded = new Map<number, QuantizedRow>();
  readonly #quantized = new Map<Tensor, QuantizedRow>();
  readonly #attended = new Map<Tensor, AttendedRow>();
  #projection: Projection | null = null;
  /** Waits for its output projection, as gate and up for theirs: they must agree on the form of what is between them. */
  #attention: Attention | null = null;
  #choice: launches.Choice | null = null;
  #gateUp: GateUp | null = null;

  constructor(host: OpsHost) {
    this.#host = { ...host, context: { ...host.context, maxTokens: 1 } };
    this.#general = new GpuOps(this.#host);
  }

  get sampler() {
    return this.#general.sampler;
  }

  get dispatches(): Dispatch[] {
    // What waits for an operation that this program does not have.
    this.#attend(null, null, false);
    this.#activate(this.#gateUp, null, null);
    const launched = this.#launches.flat().filter((dispatch) => runsFor(dispatch, 1) || dispatch.enabled);
    return launched.map((dispatch) => ({ ...dispatch, tokens: { from: 1, to: 1 } }));
  }

  embed(embedding: Matrix, hidden: Tensor): void {
    this.#take((general) => general.embed(embedding, hidden));
    this.#residuals.delete(hidden);
    const [table, to] = [embedding as GpuMatrix, hidden as GpuTensor];
    if (table.parts.length > 1) return;
    const at = this.#launches.length - 1;
    this.#residuals.set(hidden, {
      at,
      fused: (next, folded) => launches.embed(this.#host.context, table, to, next, folded),
    });
  }

  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void {
    const source = this.#rows.get(input) ?? (input as GpuTensor);
    const norm = { weight: weight as GpuVector, epsilon, input: source, output: output as GpuTensor };
    this.#norms.set(output, { ...norm, folded: null, plain: false });
  }

  matmul(input: Tensor, weight: Matrix, output: Tensor, place: { column?: number; accumulate?: boolean } = {}): void {
    const norm = this.#norms.get(input);
    if (norm && fits(weight) && !place.accumulate) {
      this.#project(norm, weight, output as GpuTensor, place.column ?? 0);
      return;
    }
    const attended = this.#attend(input, weight, place.accumulate ?? false);
    if (attended) {
      this.#writeResidual(output as GpuTensor, (next, folded) =>
        launches.residual(this.#host.context, attended, weight as GpuMatrix, output as GpuTensor, next, folded),
      );
      return;
    }
    if (norm) this.#makePlain(norm);
    this.#take((general) => general.matmul(input, weight, output, place));
    this.#residuals.delete(output);
  }

  qkNormRope(qkv: Tensor, norms: { q: Vector; k: Vector; epsilon: number }, rope: RopeTable, cache: KvLayer): void {
    this.#attention = { qkv, norms, rope, cache, output: null };
  }

  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void {
    const pending = this.#attention;
    if (pending?.qkv === qkv && pending.cache === cache) pending.output = output;
    else this.#take((general) => general.attention(qkv, cache, output));
  }

  router(input: Tensor, router: Matrix, rule: { normalize: boolean; scale: number }, route: Route): void {
    this.#choice = null;
    const norm = this.#norms.get(input);
    const weight = router as GpuMatrix;
    if (!norm || weight.layout !== 'f32' || weight.parts.length > 1 || weight.columns % 4 !== 0) {
      if (norm) this.#makePlain(norm);
      this.#take((general) => general.router(input, router, rule, route));
      return;
    }
    const logits = this.#host.routerLogits(router.rows);
    const folded = this.#fold(norm);
    this.#launch(launches.router(norm.input, norm, folded, weight, logits));
    this.#choice = { route: route as GpuRoute, logits, rule, layer: 0 };
  }

  recordExperts(route: Route, layer: number): void {
    if (this.#choice) this.#choice = { ...this.#choice, layer };
    else this.#take((general) => general.recordExperts(route, layer));
  }

  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void {
    this.#gateUp = { input, gate, up, route, output, choice: route && this.#choice };
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const activated = this.#activate(this.#gateUp, input, weight);
    if (!activated) {
      this.#take((general) => general.down(input, weight, route, hidden));
      this.#residuals.delete(hidden);
      return;
    }
    const to = hidden as GpuTensor;
    const { context } = this.#host;
    const matrix = weight as GpuMatrix;
    this.#writeResidual(to, (next, folded) =>
      activated.choice
        ? launches.down(context, activated.row, matrix, activated.choice, to, next, folded)
        : launches.residual(context, activated.row, matrix, to, next, folded),
    );
  }

  lastRow(input: Tensor, output: Tensor): void {
    this.#rows.set(output, input as GpuTensor);
  }

  sample(logits: Tensor, sampler: Sampler): void {
    this.#take((general) => general.sample(logits, sampler));
  }

  #launch(dispatch: Dispatch): void {
    this.#endProjection();
    this.#launches.push([dispatch]);
  }

  #take(describe: (general: GpuOps) => void): void {
    this.#endProjection();
    const before = this.#general.dispatches.length;
    describe(this.#general);
    this.#launches.push(this.#general.dispatches.slice(before));
  }

  /** Matrices of one input and one output go into one launch, up to three of them. */
  #project(norm: PendingNorm, matrix: GpuMatrix, output: GpuTensor, column: number): void {
    const open = this.#projection;
    if (open?.norm === norm && open.output === output && open.matrices.length < 3)
      open.matrices.push({ matrix, column });
    else {
      this.#endProjection();
      this.#projection = { norm, output, matrices: [{ matrix, column }] };
    }
  }

  #endProjection(): void {
    const open = this.#projection;
    if (!open) return;
    this.#projection = null;
    const folded = this.#fold(open.norm);
    this.#launches.push([launches.project(this.#host.context, folded, open.norm, open.matrices, open.output)]);
  }

  /** The norm's input, quantised with its weight in it; by the kernel that wrote the input, where that can. */
  #fold(norm: PendingNorm): QuantizedRow {
    if (norm.folded) return norm.folded;
    norm.folded = this.#foldedRow(norm.input.width);
    const residual = this.#residuals.get(norm.input);
    this.#residuals.delete(norm.input);
    if (residual) this.#launches[residual.at] = [residual.fused(norm, norm.folded)];
    else this.#launches.push([launches.foldNorm(norm.input, norm, norm.folded)]);
    return norm.folded;
  }

  #makePlain(norm: PendingNorm): void {
    if (norm.plain) return;
    norm.plain = true;
    const { input, weight, epsilon, output } = norm;
    this.#take((general) => general.rmsNorm(input, weight, epsilon, output));
  }

  /** Until a norm asks for its own preparation, that of any norm does no harm. */
  #writeResidual(hidden: GpuTensor, fused: ResidualWrite['fused']): void {
    const norm = this.#norms.values().next().value;
    if (!norm) throw new Error('A write to the hidden state without any norm before it');
    this.#launch(fused(norm, this.#foldedRow(hidden.width)));
    this.#residuals.set(hidden, { at: this.#launches.length - 1, fused });
  }

  /** Launches the pending attention for its output projection; null when that wants it as f32, or wants something else. */
  #attend(input: Tensor | null, projection: Matrix | null, accumulate: boolean): QuantizedRow | null {
    const pending = this.#attention;
    if (!pending || (input && pending.output !== input)) return null;
    this.#attention = null;
    this.#endProjection();
    const { qkv, norms, rope, output } = pending;
    const cache = pending.cache as GpuKvLayer;
    const { context } = this.#host;
    if (accumulate && output && projection && fits(projection) && launches.attends(cache)) {
      const row = this.#attendedRow(output as GpuTensor, cache.headDim);
      const heads = {
        qkv: qkv as GpuTensor,
        q: norms.q as GpuVector,
        k: norms.k as GpuVector,
        epsilon: norms.epsilon,
        rope: rope as GpuRopeTable,
        step: context.step,
      };
      this.#launch(launches.attention(heads, cache, row));
      return row;
    }
    this.#take((general) => general.qkNormRope(qkv, norms, rope, cache));
    if (output) this.#take((general) => general.attention(qkv, cache, output));
    return null;
  }

  /** Launches the pending gate and up; null when their product is there as f32 only. */
  #activate(
    pending: GateUp | null,
    input: Tensor | null,
    down: Matrix | null,
  ): { row: QuantizedRow; choice: launches.Choice | null } | null {
    this.#gateUp = null;
    this.#endProjection();
    if (!pending) return null;
    const { gate, up, route, output, choice } = pending;
    const norm = this.#norms.get(pending.input);
    if (pending.output === input && down && norm && fits(gate) && fits(up) && fits(down) && (!route || choice)) {
      const row = this.#row(output as GpuTensor);
      const folded = this.#fold(norm);
      this.#launch(launches.gateUp(this.#host.context, folded, norm, gate, up, choice, row));
      return { row, choice };
    }
    if (choice) {
      this.#launches.push(routerTopk(this.#host.context, choice.logits, choice.rule, choice.route));
      this.#take((general) => general.recordExperts(choice.route, choice.layer));
    }
    if (norm) this.#makePlain(norm);
    this.#take((general) => general.gateUp(pending.input, gate, up, route, output));
    return null;
  }

  #foldedRow(width: number): QuantizedRow {
    return getOr(this.#folded, width, () => createQuantizedRow(this.#host.context, 'folded', width));
  }

  #attendedRow(output: GpuTensor, headDim: number): AttendedRow {
    const shape = { headCount: output.width / headDim, headDim, splits: launches.attentionSplits };
    return getOr(this.#attended, output, () => createAttendedRow(this.#host.context, shape));
  }

  #row(tensor: GpuTensor): QuantizedRow {
    const { label, width, slots } = tensor;
    return getOr(this.#quantized, tensor, () => createQuantizedRow(this.#host.context, `${label}.row`, width, slots));
  }
}

function getOr<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
