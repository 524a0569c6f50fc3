// `tune --model FILE`: measures the kernels of a model on this adapter; a line for each as it is measured, then the tuning file as one
// JSON text, which can be stored (`--tuning-file`) or shipped (engine/tuner/tables). Ctrl-C ends it with what is known by then.
import { choiceText } from '../../tuner/apply.ts';
import { parseTuning, type ResidentEntry } from '../../tuner/table.ts';
import type { TuningProgress } from '../../tuner/tuneModel.ts';
import { clearProgress, loadEngine, modelOptions, parse } from './options.ts';

/** What shells take an end by ctrl-C for. */
const interrupted = 130;

export async function tune(args: string[]): Promise<void> {
  const { values } = parse(args, { ...modelOptions, level: { type: 'string' } });
  const say = (text: string) => {
    clearProgress();
    (values.json ? console.error : console.log)(text);
  };
  const stop = new AbortController();
  // The second ctrl-C ends the process as ever.
  process.once('SIGINT', () => stop.abort());
  const started = performance.now();
  let measured = 0;
  let found: string | undefined;
  const onTuning = (progress: TuningProgress) => {
    say(progressText(progress));
    if (!progress.entry) return;
    measured++;
    found = progress.tuned;
  };
  const options = { backend: 'gpu', ...values, tuning: values.level ?? values.tuning ?? 'retune' };
  const { tuned } = await loadEngine(options, { signal: stop.signal, onTuning }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    process.exitCode = interrupted;
    return { tuned: found };
  });
  const { 'tuning-file': file } = values;
  const kept = file === undefined || tuned === undefined ? '' : `, stored in ${file}`;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const end = stop.signal.aborted ? 'Stopped' : 'Loaded and tuned';
  say(`${end} after ${seconds} s: ${measured} kernels measured${kept}.`);
  if (tuned === undefined) {
    if (!stop.signal.aborted) say('Everything is known already; --level retune measures it again.');
    return;
  }
  for (const { resident } of parseTuning(tuned).adapters) for (const entry of resident) say(residentText(entry));
  console.log(tuned.trimEnd());
}

function progressText({ tokens, done, total, entry, seconds }: TuningProgress): string {
  const took = `${seconds.toFixed(1)} s`;
  if (!entry) {
    const step = tokens === 1 ? 'a token' : `${tokens} tokens`;
    return `Steps of ${step}: ${total} kernels to measure; all candidates compiled in ${took}.`;
  }
  const { kernel, microseconds, usualMicroseconds, choice, shape } = entry;
  const gained = `${(100 * (1 - microseconds / usualMicroseconds)).toFixed(0)} %`;
  return [
    `${done}/${total}`.padStart(6),
    kernel.padEnd(17),
    `${microseconds.toFixed(1)} µs`.padStart(11),
    `${gained} gained by ${choiceText(choice)}, measured in ${took} (${shape})`,
  ].join(' ');
}

const residentText = ({ shape, workgroups, lanes, outcome, microseconds, usualMicroseconds }: ResidentEntry): string =>
  `resident layers, ${workgroups} workgroups of ${lanes} lanes: ${outcome}` +
  (outcome === 'proven' ? `, ${microseconds} µs a token, ${usualMicroseconds} by ordinary launches` : '') +
  ` (${shape})`;
