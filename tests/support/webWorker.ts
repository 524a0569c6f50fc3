// A thread of Node in the form of a browser's worker, as far as the engine uses it.
import { Worker as Thread, type TransferListItem } from 'node:worker_threads';

/** Threads that have been started and have not ended. */
export const running = new Set<Thread>();

/** A worker that runs `file` of this folder. */
export function startWorker(file: string): Worker {
  const thread = new Thread(new URL(file, import.meta.url));
  running.add(thread);
  thread.once('exit', () => running.delete(thread));
  const worker = {
    onmessage: (_event: { data: unknown }) => {},
    onerror: (_event: { message: string; preventDefault(): void }) => {},
    postMessage: (message: unknown, transfer: TransferListItem[]) => thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
  };
  thread.on('message', (data: unknown) => worker.onmessage({ data }));
  thread.on('error', (error: Error) => worker.onerror({ message: error.message, preventDefault: () => {} }));
  return worker as unknown as Worker;
}
