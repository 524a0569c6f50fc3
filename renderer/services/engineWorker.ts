// Starts the engine's worker: the only line of the renderer that names a file of the engine's host.
export function startEngineWorker(): Worker {
  return new Worker(new URL('../../engine/host/worker.ts', import.meta.url), { type: 'module', name: 'engine' });
}
