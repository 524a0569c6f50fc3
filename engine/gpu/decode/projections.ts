// Projections of one norm into one output, gathered for a launch: q, k and v, or the head alone.
import type { GpuMatrix, GpuTensor, OpContext } from '../types.ts';
import { project } from './attention.ts';
import type { FoldedNorms, PendingNorm } from './foldedNorms.ts';
import type { LaunchList } from './launchList.ts';

/** `column`: where in a row of the output a product goes. */
interface OpenProjection {
  readonly norm: PendingNorm;
  readonly output: GpuTensor;
  readonly matrices: { matrix: GpuMatrix; column: number }[];
}

/** Of a launch: project_1token has so many. */
const mostMatrices = 3;

export class Projections {
  readonly #context: OpContext;
  readonly #norms: FoldedNorms;
  readonly #launches: LaunchList;
  #open: OpenProjection | null = null;

  constructor(context: OpContext, norms: FoldedNorms, launches: LaunchList) {
    this.#context = context;
    this.#norms = norms;
    this.#launches = launches;
  }

  add(norm: PendingNorm, matrix: GpuMatrix, output: GpuTensor, column: number): void {
    const open = this.#open;
    if (open?.norm === norm && open.output === output && open.matrices.length < mostMatrices)
      open.matrices.push({ matrix, column });
    else {
      this.launch();
      this.#open = { norm, output, matrices: [{ matrix, column }] };
    }
  }

  /** Launches those that were gathered; to be called before anything else is launched. */
  launch(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = null;
    const { norm, matrices, output } = open;
    const folded = this.#norms.fold(norm);
    this.#launches.add(project(this.#context, folded, norm, matrices, output));
  }
}
