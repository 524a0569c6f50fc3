// Tunes a loaded model: its decode step and steps of a prompt, at a few numbers of tokens; then whether its layers are resident. What
// comes out is stored by the host.
import type { Session } from '../generate/session.ts';
import { GpuBackend } from '../gpu/gpuBackend.ts';
import type { ResidentWish } from '../protocol.ts';
import { chooseResident } from './chooseResident.ts';
import type { TuningLevel } from './level.ts';
import h100Json from './tables/h100.json' with { type: 'json' };
import swiftShaderJson from './tables/swiftshader.json' with { type: 'json' };
import {
  mergeTuning,
  parseTuning,
  readTuning,
  tuningText,
  type AdapterKey,
  type TuningEntry,
  type TuningFile,
} from './table.ts';
import type { StepProgress } from './tune.ts';
import { Tuning, untuned } from './tuning.ts';

/** Tokens of the steps that are tuned; steps between them take what the nearest takes. */
const rowCounts = [1, 4, 16, 64, 256, 1024, 4096];
/** Software adapters take too long for more. */
const softwareRowCounts = [1, 16];
/** Of the cache, where the model's own is longer: attention is tuned for a conversation under way. */
const usualDepth = 2048;

/** The tables that ship with the app, by the architecture they were measured on. */
const shipped: TuningFile = {
  version: 1,
  adapters: [h100Json, swiftShaderJson].flatMap((file) => readTuning(file).adapters),
};

/** What is known of an adapter; `stored` is the text of the host's file. */
export function tuningFor(adapter: AdapterKey, level: TuningLevel, stored: string | null): Tuning {
  return level === 'off' ? untuned : new Tuning(adapter, parseTuning(stored ?? ''), shipped);
}

/** `tuned`: the host's file with all that has been found so far, so that what is stopped is not lost. */
export interface TuningProgress extends StepProgress {
  tuned: string;
}

export interface TuneModelOptions {
  adapter: AdapterKey;
  level: TuningLevel;
  resident: ResidentWish;
  /** The text of the host's file; null where there is none. */
  stored: string | null;
  onProgress?: ((progress: TuningProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Measures what the level asks for and uses it from now on.
 * @returns the host's file with what was found; null where nothing was measured
 * @throws EngineError `aborted`
 */
export async function tuneModel(session: Session, options: TuneModelOptions): Promise<TuningFile | null> {
  const { adapter, level, stored, resident: wanted, signal } = options;
  const tuning = tuningFor(adapter, level, stored);
  const before = parseTuning(stored ?? '');
  const fileWith = (entries: TuningEntry[]) => mergeTuning(before, { adapter, entries, resident: [] });
  const entries = await tuneKernels(session, tuning, fileWith, options);
  const file = fileWith(entries);
  if (entries.length > 0 && session.backend instanceof GpuBackend)
    await session.backend.useTuning(new Tuning(adapter, file, shipped));
  const resident = await chooseResident(session, { wanted, level, tuning, signal });
  if (resident) return mergeTuning(file, { adapter, entries: [], resident: [resident] });
  return entries.length > 0 ? file : null;
}

async function tuneKernels(
  session: Session,
  known: Tuning,
  fileWith: (entries: TuningEntry[]) => TuningFile,
  { level, onProgress, signal }: TuneModelOptions,
): Promise<TuningEntry[]> {
  const { backend, model } = session;
  const entries: TuningEntry[] = [];
  if (!(backend instanceof GpuBackend) || level === 'off' || level === 'cached') return entries;
  session.cachedTokens = [];
  for (const tokens of backend.info.software ? softwareRowCounts : rowCounts) {
    if (tokens > Math.min(backend.maxTokens, model.contextLength)) break;
    const depth = Math.min(usualDepth, model.contextLength - tokens);
    await backend.tune(
      tokens === 1 ? model.step : model.prefill,
      {
        tokens,
        // The head and its like take one row in every step, and are tuned with the first.
        isWanted: (key) => key.rows === tokens && (level === 'retune' || !known.has(key)),
        onProgress: (progress) => {
          if (progress.entry) entries.push(progress.entry);
          onProgress?.({ ...progress, tuned: tuningText(fileWith(entries)) });
        },
        signal,
      },
      depth,
    );
  }
  return entries;
}
