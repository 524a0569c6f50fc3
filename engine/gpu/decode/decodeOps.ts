// The operations recorded for steps of one token: norms folded into the kernels around them, q, k and v in one launch, experts
// chosen where they are used. What does not fit these kernels (float or split matrices) falls to the general ones.
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
} from '../../backend/backend.ts';
import type { Dispatch } from '../dispatch.ts';
import { GpuOps, type OpsHost } from '../gpuOps.ts';
import { routerTopk } from '../ops/routerTopk.ts';
import type { GpuKvLayer, GpuMatrix, GpuRopeTable, GpuRoute, GpuTensor, GpuVector } from '../types.ts';
import { isPacked } from '../weightLayouts.ts';
import { attends, attention, attentionSplits } from './attention.ts';
import { down, gateUp, router, type ExpertChoice } from './experts.ts';
import { FoldedNorms, type HiddenWrite, type PendingNorm } from './foldedNorms.ts';
import { addsLogits, embed, residual } from './hidden.ts';
import { LaunchList } from './launchList.ts';
import { Projections } from './projections.ts';
import { createAttendedRow, createQuantizedRow, type AttendedRow, type QuantizedRow } from './quantizedRow.ts';

/** Waits for its output projection: they must agree on the form of what is between them. */
interface PendingAttention {
  readonly qkv: GpuTensor;
  readonly norms: HeadNorms;
  readonly rope: RopeTable;
  readonly cache: GpuKvLayer;
  output: GpuTensor | null;
}

/** Waits for its down projection, as attention does for its own. */
interface PendingGateUp {
  readonly input: Tensor;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly route: Route | null;
  readonly output: GpuTensor;
  readonly router: PendingRouter | null;
}

/** A router whose logits nobody has computed yet. */
interface PendingRouter extends Omit<ExpertChoice, 'logits'> {
  readonly norm: PendingNorm;
  readonly weight: GpuMatrix;
}

/** True for devices and settings that these kernels are for. */
export function decodesFused({ activations, context }: OpsHost): boolean {
  return activations === 'int8' && !context.features.software;
}

const fits = (matrix: Matrix): matrix is GpuMatrix =>
  isPacked((matrix as GpuMatrix).layout) && (matrix as GpuMatrix).parts.length === 1;

export class DecodeOps implements Ops {
  readonly #host: OpsHost;
  readonly #general: GpuOps;
  readonly #launches: LaunchList;
  readonly #norms: FoldedNorms;
  readonly #projections: Projections;
  /** Tensors that are another's only row. */
  readonly #rows = new Map<Tensor, GpuTensor>();
  /** int8 rows in the place of f32 tensors that only these kernels write and read, shared by all layers. */
  readonly #activated = new Map<Tensor, QuantizedRow>();
  readonly #attended = new Map<Tensor, AttendedRow>();
  #attention: PendingAttention | null = null;
  #router: PendingRouter | null = null;
  #gateUp: PendingGateUp | null = null;

  constructor(host: OpsHost) {
    this.#host = { ...host, context: { ...host.context, maxTokens: 1 } };
    this.#general = new GpuOps(this.#host);
    this.#launches = new LaunchList(this.#general);
    this.#norms = new FoldedNorms(this.#host.context, this.#launches);
    this.#projections = new Projections(this.#host.context, this.#norms, this.#launches);
  }

  get sampler() {
    return this.#general.sampler;
  }

  get dispatches(): Dispatch[] {
    // What waits for an operation that this program does not have.
    this.#attend(null, null, false);
    this.#activate(null, null);
    return this.#launches.dispatches;
  }

  embed(embedding: Matrix, hidden: Tensor): void {
    const at = this.#launchGeneral((general) => general.embed(embedding, hidden));
    const [table, to] = [embedding as GpuMatrix, hidden as GpuTensor];
    if (table.parts.length > 1) this.#norms.cannotFoldInto(hidden);
    else
      this.#norms.canFoldInto(hidden, at, {
        launch: (next, folded) => embed(this.#host.context, table, to, next, folded),
        routes: false,
      });
  }

  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void {
    const from = this.#rows.get(input) ?? (input as GpuTensor);
    this.#norms.describe(from, { weight: weight as GpuVector, epsilon }, output as GpuTensor);
  }

  matmul(input: Tensor, weight: Matrix, output: Tensor, place: ProductPlace = {}): void {
    const to = output as GpuTensor;
    const norm = this.#norms.of(input);
    if (norm && fits(weight) && !place.accumulate) {
      this.#projections.add(norm, weight, to, place.column ?? 0);
      return;
    }
    const attended = this.#attend(input, weight, place.accumulate ?? false);
    if (attended) {
      const { context } = this.#host;
      this.#writeHidden(to, {
        launch: (next, folded, router) => residual(context, attended, weight as GpuMatrix, to, next, folded, router),
        routes: addsLogits(to),
      });
      return;
    }
    if (norm) this.#computePlainly(norm);
    this.#launchGeneral((general) => general.matmul(input, weight, output, place));
    this.#norms.cannotFoldInto(output);
  }

  qkNormRope(qkv: Tensor, norms: HeadNorms, rope: RopeTable, cache: KvLayer): void {
    this.#attention = { qkv: qkv as GpuTensor, norms, rope, cache: cache as GpuKvLayer, output: null };
  }

  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void {
    const pending = this.#attention;
    if (pending?.qkv === qkv && pending.cache === cache) pending.output = output as GpuTensor;
    else this.#launchGeneral((general) => general.attention(qkv, cache, output));
  }

  router(input: Tensor, weight: Matrix, rule: RouterRule, route: Route): void {
    this.#router = null;
    const norm = this.#norms.of(input);
    const matrix = weight as GpuMatrix;
    if (!norm || matrix.layout !== 'f32' || matrix.parts.length > 1 || matrix.columns % 4 !== 0) {
      if (norm) this.#computePlainly(norm);
      this.#launchGeneral((general) => general.router(input, weight, rule, route));
      return;
    }
    this.#router = { norm, weight: matrix, rule, route: route as GpuRoute, layer: 0 };
  }

  recordExperts(route: Route, layer: number): void {
    if (this.#router) this.#router = { ...this.#router, layer };
    else this.#launchGeneral((general) => general.recordExperts(route, layer));
  }

  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void {
    this.#gateUp = { input, gate, up, route, output: output as GpuTensor, router: route && this.#router };
  }

  down(input: Tensor, weight: Matrix, route: Route | null, hidden: Tensor): void {
    const activated = this.#activate(input, weight);
    if (!activated) {
      this.#launchGeneral((general) => general.down(input, weight, route, hidden));
      this.#norms.cannotFoldInto(hidden);
      return;
    }
    const { row, choice } = activated;
    const [matrix, to, { context }] = [weight as GpuMatrix, hidden as GpuTensor, this.#host];
    this.#writeHidden(to, {
      launch: (next, folded) =>
        choice
          ? down(context, row, matrix, choice, to, next, folded)
          : residual(context, row, matrix, to, next, folded),
      routes: false,
    });
  }

  lastRow(input: Tensor, output: Tensor): void {
    this.#rows.set(output, input as GpuTensor);
  }

  sample(logits: Tensor, sampler: Sampler): void {
    this.#launchGeneral((general) => general.sample(logits, sampler));
  }

  #launch(dispatch: Dispatch): void {
    this.#projections.launch();
    this.#launches.add(dispatch);
  }

  /** @returns its place in the launches */
  #launchGeneral(describe: (general: GpuOps) => void): number {
    this.#projections.launch();
    return this.#launches.addGeneral(describe);
  }

  #writeHidden(hidden: GpuTensor, write: HiddenWrite): void {
    this.#projections.launch();
    this.#norms.write(hidden, write);
  }

  /** Computes the norm's output as f32, for a kernel that wants it so. */
  #computePlainly(norm: PendingNorm): void {
    if (norm.plain) return;
    norm.plain = true;
    const { input, weight, epsilon, output } = norm;
    this.#launchGeneral((general) => general.rmsNorm(input, weight, epsilon, output));
  }

  /** Launches the pending attention for its output projection; null when that wants it as f32, or wants something else. */
  #attend(input: Tensor | null, projection: Matrix | null, accumulate: boolean): QuantizedRow | null {
    const pending = this.#attention;
    if (!pending || (input && pending.output !== input)) return null;
    this.#attention = null;
    this.#projections.launch();
    const { qkv, norms, rope, cache, output } = pending;
    if (accumulate && output && projection && fits(projection) && attends(cache)) {
      const row = this.#attendedRow(output, cache.headDim);
      const { q, k, epsilon } = norms;
      const { step } = this.#host.context;
      const heads = { qkv, q: q as GpuVector, k: k as GpuVector, epsilon, rope: rope as GpuRopeTable, step };
      this.#launch(attention(heads, cache, row));
      return row;
    }
    this.#launchGeneral((general) => general.qkNormRope(qkv, norms, rope, cache));
    if (output) this.#launchGeneral((general) => general.attention(qkv, cache, output));
    return null;
  }

  /** Launches the pending gate and up for their down projection; null when their product is there as f32 only. */
  #activate(
    input: Tensor | null,
    downWeight: Matrix | null,
  ): { row: QuantizedRow; choice: ExpertChoice | null } | null {
    const pending = this.#gateUp;
    this.#gateUp = null;
    this.#projections.launch();
    if (!pending) return null;
    const { gate, up, route, output } = pending;
    const { context } = this.#host;
    const norm = this.#norms.of(pending.input);
    const isInt8 = downWeight && norm && fits(gate) && fits(up) && fits(downWeight);
    if (output === input && isInt8 && (!route || pending.router)) {
      const row = this.#activatedRow(output);
      const choice = pending.router && this.#choose(pending.router, norm);
      this.#launch(gateUp(context, this.#norms.fold(norm), norm, gate, up, choice, row));
      return { row, choice };
    }
    if (pending.router) {
      const { rule, route, layer } = pending.router;
      this.#launches.add(...routerTopk(context, this.#launchRouter(pending.router), rule, route));
      this.#launchGeneral((general) => general.recordExperts(route, layer));
    }
    if (norm) this.#computePlainly(norm);
    this.#launchGeneral((general) => general.gateUp(pending.input, gate, up, route, output));
    return null;
  }

  /** How gate and up, whose norm that is, come to the router's logits: from the output projection where that can leave them. */
  #choose({ norm, weight, route, rule, layer }: PendingRouter, ofGateUp: PendingNorm): ExpertChoice {
    if (norm === ofGateUp && this.#norms.routes(norm)) {
      const words = this.#host.routerWords(weight.rows);
      this.#norms.fold(norm, { weight, words });
      return { route, rule, layer, logits: { form: 'words', buffer: words } };
    }
    const { buffer } = this.#launchRouter({ norm, weight });
    return { route, rule, layer, logits: { form: 'floats', buffer } };
  }

  #launchRouter({ norm, weight }: Pick<PendingRouter, 'norm' | 'weight'>): GpuTensor {
    const logits = this.#host.routerLogits(weight.rows);
    const folded = this.#norms.fold(norm);
    this.#launch(router(norm.input, norm, folded, weight, logits));
    return logits;
  }

  #attendedRow(output: GpuTensor, headDim: number): AttendedRow {
    const shape = { headCount: output.width / headDim, headDim, splits: attentionSplits };
    return getOr(this.#attended, output, () => createAttendedRow(this.#host.context, shape));
  }

  #activatedRow(tensor: GpuTensor): QuantizedRow {
    const { label, width, slots } = tensor;
    return getOr(this.#activated, tensor, () => createQuantizedRow(this.#host.context, `${label}.row`, width, slots));
  }
}

function getOr<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
