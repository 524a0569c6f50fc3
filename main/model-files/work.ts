// What is being done to models on the disk right now: one piece of work at a time on each, and some of it can be stopped.
import { AppError, toAppError } from '../ipc/errors.ts';
import { TransferProblem } from './download/problems.ts';

/** In the place of a model's id: work that has to be the only one. */
export const everything = '*';

export interface Work {
  /** @throws AppError `in-use` while there is other work on it; what `work` throws */
  alone<Value>(id: string, work: () => Promise<Value>): Promise<Value>;
  /** The same for work that leaves nothing half done when its signal ends it. @throws AppError `stopped`, too */
  stoppable<Value>(id: string, work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
  /** Stops what is stoppable on this model, and waits until it has tidied up. */
  stop(id: string): Promise<void>;
  stopAll(): Promise<void>;
}

export function createWork(): Work {
  const busy = new Set<string>();
  const stoppable = new Map<string, { stop: AbortController; ended: Promise<unknown> }>();

  async function alone<Value>(id: string, work: () => Promise<Value>): Promise<Value> {
    if (busy.has(id) || busy.has(everything) || (id === everything && busy.size > 0))
      throw new AppError('in-use', 'Conclave is still busy with this model. Wait until that is done.');
    busy.add(id);
    try {
      return await work();
    } catch (error) {
      throw error instanceof TransferProblem ? error.error : toAppError(error);
    } finally {
      busy.delete(id);
    }
  }

  async function stop(id: string): Promise<void> {
    const entry = stoppable.get(id);
    entry?.stop.abort(new AppError('stopped', 'That was stopped. Nothing of it is left behind.'));
    await entry?.ended;
  }

  return {
    alone,
    stoppable: (id, work) =>
      alone(id, async () => {
        const controller = new AbortController();
        const result = work(controller.signal);
        const ended = result.catch(() => undefined);
        stoppable.set(id, { stop: controller, ended });
        try {
          return await result;
        } finally {
          stoppable.delete(id);
        }
      }),
    stop,
    async stopAll() {
      await Promise.all([...stoppable.keys()].map(stop));
    },
  };
}
