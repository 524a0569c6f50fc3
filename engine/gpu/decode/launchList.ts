// The launches of a program in the order of its operations. One of them may be replaced when what comes after it is known.
import { runsFor, type Dispatch } from '../dispatch.ts';
import type { GpuOps } from '../gpuOps.ts';

export class LaunchList {
  readonly #general: GpuOps;
  /** Of each entry the launches: one, or what a general operation takes. */
  readonly #entries: (readonly Dispatch[])[] = [];

  /** @param general the operations for any step, whose launches are taken over as they come */
  constructor(general: GpuOps) {
    this.#general = general;
  }

  /** @returns its place, for `replace` */
  add(...launches: readonly Dispatch[]): number {
    return this.#entries.push(launches) - 1;
  }

  replace(at: number, launch: Dispatch): void {
    this.#entries[at] = [launch];
  }

  /** What the general operations launch for this. @returns its place */
  addGeneral(describe: (general: GpuOps) => void): number {
    const before = this.#general.dispatches.length;
    describe(this.#general);
    return this.add(...this.#general.dispatches.slice(before));
  }

  /** For steps of one token; what a sampling leaves out now may be needed by the next. */
  get dispatches(): Dispatch[] {
    const launched = this.#entries.flat().filter((dispatch) => runsFor(dispatch, 1) || dispatch.enabled);
    return launched.map((dispatch) => ({ ...dispatch, tokens: { from: 1, to: 1 } }));
  }
}
