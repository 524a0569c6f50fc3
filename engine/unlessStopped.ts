// Waiting that a signal ends, for work that cannot be stopped itself.
import { EngineError } from './errors.ts';

export const stopped = () => new EngineError('aborted', 'Loading was stopped.');

/** The work's result, or `aborted` as soon as the signal says so; the work then goes on by itself. */
export function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(stopped());
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}
