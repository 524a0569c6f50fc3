// Takes the place of renderer/services/engineWorker.ts in the build that tests look at.

export function startEngineWorker(): Worker {
  return new Worker(new URL('./fakeEngineWorker.ts', import.meta.url), { type: 'module', name: 'engine' });
}
