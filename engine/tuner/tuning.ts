// What is known of the adapter that is open, and the choice of it for a kernel, a shape and a number of rows. Asked when programs
// are recorded, never when they run.
import {
  adapterText,
  noTuning,
  type AdapterKey,
  type Choice,
  type ResidentEntry,
  type TuningEntry,
  type TuningFile,
  type TuningKey,
} from './table.ts';

/** The entry for the nearest number of rows, as a ratio; of two equally near the smaller, of two equal the first. */
export function nearestEntry(entries: readonly TuningEntry[], key: TuningKey): TuningEntry | null {
  let nearest: TuningEntry | null = null;
  let least = Infinity;
  for (const entry of entries) {
    if (entry.kernel !== key.kernel || entry.revision !== key.revision || entry.shape !== key.shape) continue;
    const distance = Math.abs(Math.log2(entry.rows / key.rows));
    const closer = distance < least - 1e-9;
    const asClose = Math.abs(distance - least) <= 1e-9;
    if (!closer && !(asClose && nearest && entry.rows < nearest.rows)) continue;
    nearest = entry;
    least = distance;
  }
  return nearest;
}

export class Tuning {
  readonly #entries: readonly TuningEntry[][];
  readonly #resident: readonly ResidentEntry[];

  /**
   * @param stored of this machine: counts for this adapter with this driver only
   * @param shipped counts for all adapters of an architecture or devices of a name, where nothing is stored
   */
  constructor(adapter: AdapterKey, stored: TuningFile, shipped: TuningFile) {
    const own = stored.adapters.filter((table) => adapterText(table.adapter) === adapterText(adapter));
    const alike = shipped.adapters.filter((table) => isAlike(table.adapter, adapter));
    this.#entries = [own.flatMap(({ entries }) => entries), alike.flatMap(({ entries }) => entries)];
    this.#resident = own.flatMap(({ resident }) => resident);
  }

  /** Null: nothing is known, the kernel's usual constants do. */
  choose(key: TuningKey): Choice | null {
    for (const entries of this.#entries) {
      const entry = nearestEntry(entries, key);
      if (entry) return entry.choice;
    }
    return null;
  }

  /** Whether anything is known of the shape, whatever the number of rows. */
  knows(key: TuningKey): boolean {
    return this.#entries.some((entries) => nearestEntry(entries, key) !== null);
  }

  /** Whether this very number of rows was measured, on this machine or for its architecture. */
  has(key: TuningKey): boolean {
    return this.#entries.some((entries) => nearestEntry(entries, key)?.rows === key.rows);
  }

  /** Only what was proven, or failed, on this machine. */
  resident(shape: string, revision: string): ResidentEntry | null {
    return this.#resident.find((entry) => entry.shape === shape && entry.revision === revision) ?? null;
  }
}

/** Of one architecture; where that is not told (Dawn does not know all of them), the same device. */
function isAlike(shipped: AdapterKey, adapter: AdapterKey): boolean {
  if (shipped.vendor !== adapter.vendor) return false;
  if (shipped.architecture && adapter.architecture) return shipped.architecture === adapter.architecture;
  return shipped.device !== '' && shipped.device === adapter.device;
}

export const untuned = new Tuning({ vendor: '', architecture: '', device: '', description: '' }, noTuning, noTuning);
