// What a thread of Node lacks of a browser's worker for running the reader of weights; the thread begins here (webWorker.ts).
import { parentPort, type TransferListItem } from 'node:worker_threads';

const scope = {
  onmessage: (_event: { data: unknown }) => {},
  postMessage: (message: unknown, { transfer }: { transfer: TransferListItem[] }) =>
    parentPort!.postMessage(message, transfer),
};
Object.assign(globalThis, { self: scope });
parentPort!.on('message', (data: unknown) => scope.onmessage({ data }));
await import('../../engine/host/weightReader.ts');
