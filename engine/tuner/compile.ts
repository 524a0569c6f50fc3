// Compiles the candidates of a step side by side: a driver takes up to a second for each, and has several threads. Nothing is timed
// meanwhile.
import type { Dispatch } from '../gpu/dispatch.ts';
import type { Pipelines } from '../gpu/pipelines.ts';

/** Dawn takes a thread for each: more than a machine has cores, but not hundreds. */
export const compilesAtOnce = 16;

export interface CompileHost {
  device: Pick<GPUDevice, 'pushErrorScope' | 'popErrorScope'>;
  pipelines: Pick<Pipelines, 'get'>;
}

/**
 * Whether each dispatch's pipeline compiles; those that do are there now. Errors of the others go nowhere else.
 * @throws what `check` throws, which is asked before each
 */
export async function compileAll(
  dispatches: readonly Dispatch[],
  { device, pipelines }: CompileHost,
  check: () => void,
): Promise<boolean[]> {
  const compiles = new Array<boolean>(dispatches.length).fill(false);
  let next = 0;
  const work = async () => {
    while (next < dispatches.length) {
      const i = next++;
      check();
      const { kernel, constants = {}, variant } = dispatches[i];
      device.pushErrorScope('validation');
      // Begun before anything else is, so that the scope sees errors of this one only.
      const pipeline = pipelines.get(kernel, constants, variant).then(
        () => true,
        () => false,
      );
      const failed = device.popErrorScope();
      compiles[i] = (await pipeline) && !(await failed);
    }
  };
  await Promise.all(Array.from({ length: compilesAtOnce }, work));
  return compiles;
}
