// `tune --model FILE`: measures the kernels of a model on this adapter; a table of what was gained, then the tuning file as one JSON
// text, which can be stored (`--tuning-file`) or shipped (engine/tuner/tables).
import { parseTuning } from '../../tuner/table.ts';
import { choiceText } from '../../tuner/apply.ts';
import type { ResidentEntry } from '../../tuner/table.ts';
import { loadEngine, modelOptions, parse } from './options.ts';

export async function tune(args: string[]): Promise<void> {
  const { values } = parse(args, { ...modelOptions, level: { type: 'string' } });
  const started = performance.now();
  const tuning = values.level ?? values.tuning ?? 'retune';
  const { engine, tuned } = await loadEngine({ backend: 'gpu', ...values, tuning });
  const { backend } = engine.stats();
  if (!values.json) {
    console.log(`${backend?.name}: loaded and tuned in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const line = (...cells: string[]) => console.log([cells[0].padEnd(20), ...cells.slice(1, 5).map((cell) => cell.padStart(9)), `  ${cells[5]}`].join(' ')); // prettier-ignore
    line('kernel', 'tokens', 'µs', 'before', 'gained', 'chosen for');
    for (const { entries, resident } of parseTuning(tuned ?? '').adapters) {
      for (const { kernel, rows, microseconds, usualMicroseconds, choice, shape } of entries) {
        const gained = `${(100 * (1 - microseconds / usualMicroseconds)).toFixed(0)} %`;
        line(
          kernel,
          String(rows),
          microseconds.toFixed(1),
          usualMicroseconds.toFixed(1),
          gained,
          `${choiceText(choice)}: ${shape}`,
        );
      }
      for (const entry of resident) console.log(residentText(entry));
    }
    if (tuned === undefined) console.log('Everything is known already; --level retune measures it again.');
  }
  if (tuned !== undefined) console.log(tuned.trimEnd());
}

const residentText = ({ shape, workgroups, lanes, outcome, microseconds, usualMicroseconds }: ResidentEntry): string =>
  `resident layers, ${workgroups} workgroups of ${lanes} lanes: ${outcome}` +
  (outcome === 'proven' ? `, ${microseconds} µs a token, ${usualMicroseconds} by ordinary launches` : '') +
  ` (${shape})`;
