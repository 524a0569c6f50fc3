// The code that lays out formulas: loaded when the first one comes, and there at once from then on.
import type * as formulas from './formula.ts';

let loaded: typeof formulas | null = null;

/** null before it is loaded. */
export const formulasNow = (): typeof formulas | null => loaded;

export const loadFormulas = async (): Promise<typeof formulas> => (loaded ??= await import('./formula.ts'));
