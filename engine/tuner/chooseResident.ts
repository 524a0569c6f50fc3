// Whether the layers of a decode step are resident (gpu/resident): by what is wanted, what is known of this adapter with this driver, and
// what may be found out now.
import type { Program } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { Session } from '../generate/session.ts';
import { gridOf, usualGrid } from '../gpu/resident/grids.ts';
import { GpuBackend } from '../gpu/gpuBackend.ts';
import type { ResidentOff, ResidentWish } from '../protocol.ts';
import type { TuningLevel } from './level.ts';
import type { ResidentEntry, ResidentKey } from './table.ts';
import type { Tuning } from './tuning.ts';

/** What they must save of a token to be preferred. */
const leastGain = 0.03;
/** The most tokens in the cache that a proof between answers may cost, which the next answer reads again. */
const mostToReadAgain = 1024;
/** Milliseconds after which a device is told to be lost at the latest, once what was asked of it has failed for that. */
const lossMs = 1000;

export function residentVerdict(
  wanted: ResidentWish,
  level: TuningLevel,
  known: ResidentEntry | null,
): ResidentOff | 'use' | 'prove' | 'search' {
  if (wanted === 'off') return 'off';
  if (known?.outcome === 'gaveUp') return 'gaveUp';
  if (level === 'retune' || (level === 'missing' && !known)) return 'search';
  if (!known) return wanted === 'on' ? 'prove' : 'unmeasured';
  if (known.outcome === 'failed') return 'failed';
  return wanted === 'on' || known.microseconds < known.usualMicroseconds * (1 - leastGain) ? 'use' : 'slower';
}

export interface ChooseResidentOptions {
  wanted: ResidentWish;
  level: TuningLevel;
  tuning: Tuning;
  signal?: AbortSignal | undefined;
}

/**
 * Uses resident layers or says in the backend's info why not.
 * @returns what was found out, if anything was
 * @throws EngineError `aborted`
 */
export async function chooseResident(
  session: Session,
  { wanted, level, tuning, signal }: ChooseResidentOptions,
): Promise<ResidentEntry | null> {
  const { backend, model } = session;
  if (!(backend instanceof GpuBackend)) return null;
  const key = backend.resident.key(model.step, usualGrid);
  if (typeof key === 'string') {
    backend.resident.leave(wanted === 'off' ? 'off' : 'unfit', key);
    return null;
  }
  const known = tuning.resident(key.shape, key.revision);
  const verdict = residentVerdict(wanted, level, known);
  if (verdict !== 'search' && verdict !== 'prove') {
    await follow(backend, model.step, verdict, known);
    return null;
  }
  session.cachedTokens = [];
  const found = await prove(backend, model.step, verdict, key, signal);
  // It counts as it will at the next load.
  await follow(backend, model.step, residentVerdict(wanted, 'cached', found), found);
  return found;
}

/**
 * Puts to the proof what a load has left unmeasured, and uses it from now on where it is faster. To be called when nothing else goes on;
 * it does nothing where the cache holds more than is soon read again. Whatever goes wrong over it, the device lost or an error that it
 * reports, counts as a failed proof; only too little memory does not, and is not tried again until the next load.
 * @returns what was found out; null where there was nothing to
 * @throws EngineError `aborted`; any where the back end was destroyed meanwhile
 */
export async function proveUnmeasured(session: Session, signal?: AbortSignal): Promise<ResidentEntry | null> {
  const { backend, model, cachedTokens } = session;
  if (!(backend instanceof GpuBackend) || backend.info.software || backend.info.residentOff !== 'unmeasured')
    return null;
  const key = backend.resident.key(model.step, usualGrid);
  if (typeof key === 'string' || cachedTokens.length > mostToReadAgain) return null;
  session.cachedTokens = [];
  const found = await prove(backend, model.step, 'prove', key, signal).catch((error: unknown) => {
    const code = error instanceof EngineError ? error.code : null;
    if (backend.isDestroyed || code === 'aborted') throw error;
    if (code !== 'out-of-memory' || !backend.isSound) return failedEntry(key);
    backend.resident.leave('unfit', 'too little memory');
    return null;
  });
  if (!found) return null;
  await follow(backend, model.step, residentVerdict('auto', 'cached', found), found);
  return found;
}

/** A device that is reset by them has given an answer, too: the host loads again without them. */
async function prove(
  backend: GpuBackend,
  step: Program,
  verdict: 'search' | 'prove',
  key: ResidentKey,
  signal?: AbortSignal,
): Promise<ResidentEntry> {
  try {
    return await backend.resident.prove(step, verdict === 'prove' ? usualGrid : null, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'device-lost' || backend.isDestroyed) throw error;
    await Promise.race([backend.lost, new Promise((resolve) => setTimeout(resolve, lossMs))]);
    return failedEntry(key);
  }
}

function failedEntry(key: ResidentKey): ResidentEntry {
  const { workgroups, lanes } = usualGrid;
  return { ...key, workgroups, lanes, outcome: 'failed', microseconds: 0, usualMicroseconds: 0 };
}

async function follow(
  backend: GpuBackend,
  step: Program,
  verdict: ReturnType<typeof residentVerdict>,
  entry: ResidentEntry | null,
): Promise<void> {
  if (verdict === 'use' && entry) await backend.resident.use(step, gridOf(entry.workgroups, entry.lanes));
  else backend.resident.leave(verdict as ResidentOff);
}
