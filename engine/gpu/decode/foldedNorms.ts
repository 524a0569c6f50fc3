// The norms of a decode step. None is computed where it is described: the kernel that writes the hidden state leaves it ready for its
// next norm (int8 with the weight in it, Σ hidden² of each tile), and who reads that finishes the norm. Which norm comes next
// is known when it is described, so the write is launched for any norm at first and then replaced.
import type { Tensor } from '../../backend/backend.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuTensor, OpContext } from '../types.ts';
import type { Norm } from './constants.ts';
import { foldNorm, type RouterShares } from './hidden.ts';
import type { LaunchList } from './launchList.ts';
import { createQuantizedRow, type QuantizedRow } from './quantizedRow.ts';

export interface PendingNorm extends Norm {
  readonly input: GpuTensor;
  readonly output: GpuTensor;
  /** Its input, prepared; null until a kernel asks for that. */
  folded: QuantizedRow | null;
  /** Its output is also computed as f32, for kernels that want it so. */
  plain: boolean;
}

/** The launch that writes the hidden state and prepares it for `next`, and does a router's part where it can. */
export interface HiddenWrite {
  readonly launch: (next: Norm, folded: QuantizedRow, router: RouterShares | null) => Dispatch;
  readonly routes: boolean;
}

export class FoldedNorms {
  readonly #context: OpContext;
  readonly #launches: LaunchList;
  readonly #pending = new Map<Tensor, PendingNorm>();
  /** The last write to each tensor, at its place in the launches, until a norm is folded into it. */
  readonly #writes = new Map<Tensor, { at: number; write: HiddenWrite }>();
  /** By width. */
  readonly #rows = new Map<number, QuantizedRow>();

  constructor(context: OpContext, launches: LaunchList) {
    this.#context = context;
    this.#launches = launches;
  }

  /** `output` is the norm of `input` from now on. */
  describe(input: GpuTensor, norm: Norm, output: GpuTensor): void {
    this.#pending.set(output, { ...norm, input, output, folded: null, plain: false });
  }

  /** The norm whose output this is; undefined where it is none's. */
  of(output: Tensor): PendingNorm | undefined {
    return this.#pending.get(output);
  }

  /** Whether `fold` can take a router: nobody has asked for the norm yet, and the kernel that wrote its input has room for it. */
  routes(norm: PendingNorm): boolean {
    return !norm.folded && (this.#writes.get(norm.input)?.write.routes ?? false);
  }

  /** The norm's input, prepared by the kernel that wrote it, where that can; it does the router's part where `routes` says so. */
  fold(norm: PendingNorm, router: RouterShares | null = null): QuantizedRow {
    if (norm.folded) return norm.folded;
    norm.folded = this.#row(norm.input.width);
    const last = this.#writes.get(norm.input);
    this.#writes.delete(norm.input);
    if (last) this.#launches.replace(last.at, last.write.launch(norm, norm.folded, router));
    else this.#launches.add(foldNorm(norm.input, norm, norm.folded));
    return norm.folded;
  }

  /** Launches a write to the hidden state. Until a norm asks for its own preparation, that of any norm does no harm. */
  write(hidden: GpuTensor, write: HiddenWrite): void {
    const norm = this.#pending.values().next().value;
    if (!norm) throw new Error('A write to the hidden state without any norm before it');
    this.canFoldInto(hidden, this.#launches.add(write.launch(norm, this.#row(hidden.width), null)), write);
  }

  /** The launch there wrote the hidden state, and `write` could stand in its place. */
  canFoldInto(hidden: Tensor, at: number, write: HiddenWrite): void {
    this.#writes.set(hidden, { at, write });
  }

  /** Something else has written the tensor: its next norm takes a launch of its own. */
  cannotFoldInto(hidden: Tensor): void {
    this.#writes.delete(hidden);
  }

  #row(width: number): QuantizedRow {
    let row = this.#rows.get(width);
    if (!row) this.#rows.set(width, (row = createQuantizedRow(this.#context, 'folded', width)));
    return row;
  }
}
