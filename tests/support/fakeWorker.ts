// The fake engine behind the face of a Worker, in the same thread.
import type { FromWorker, ToWorker } from '../../engine/protocol.ts';
import type { WorkerLike } from '../../renderer/services/engineClient.ts';
import { FakeEngine } from './fakeEngine.ts';

/** @param pace - Milliseconds between tokens. */
export function fakeWorker(pace = 0): { worker: WorkerLike; engine: FakeEngine } {
  const engine = new FakeEngine((data: FromWorker) => {
    worker.onmessage?.call(worker as Worker, { data } as MessageEvent<FromWorker>);
  }, pace);
  const worker: WorkerLike = {
    postMessage: (message: ToWorker) => void Promise.resolve().then(() => engine.receive(structuredClone(message))),
    terminate: () => {},
    onmessage: null,
    onerror: null,
    onmessageerror: null,
  };
  return { worker, engine };
}
