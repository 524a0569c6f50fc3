// How much tuning a load does: part of the protocol, so it knows nothing else of the engine.

/**
 * `off`: kernels as they are. `cached`: what is stored or ships with the app. `missing`: what is not known is measured while the
 * model loads. `retune`: all of it.
 */
export type TuningLevel = 'off' | 'cached' | 'missing' | 'retune';

export const tuningLevels: readonly TuningLevel[] = ['off', 'cached', 'missing', 'retune'];
