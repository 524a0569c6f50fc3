// What tuning has found out, as data: for each adapter, which constants of a kernel were fastest for which shape and number of
// rows. Stored as JSON; a file that is damaged or of another version counts as empty, an entry that makes no sense as not there.

export interface AdapterKey {
  vendor: string;
  architecture: string;
  /** Empty in browsers that keep them to themselves; with a driver's version where they are known. */
  device: string;
  description: string;
}

/** Constants of a kernel by name. */
export type Choice = Readonly<Record<string, number>>;

/** What an entry is found by. */
export interface TuningKey {
  kernel: string;
  /** Of the kernel's text: an entry for another text is not used. */
  revision: string;
  /** What else the pipeline is made for: its modules and constants, but those that are tuned. */
  shape: string;
  /** Tokens of the step that was measured. */
  rows: number;
}

export interface TuningEntry extends TuningKey {
  choice: Choice;
  /** Of a launch: chosen, and as it would be without tuning. */
  microseconds: number;
  usualMicroseconds: number;
}

/** What an entry on resident layers is found by: the model's sizes, and the kernel's text. */
export interface ResidentKey {
  shape: string;
  revision: string;
}

/** That resident layers, which count on more than WebGPU promises, were put to the proof on this adapter. */
export interface ResidentEntry extends ResidentKey {
  workgroups: number;
  /** Of a workgroup. */
  lanes: number;
  /** `failed`: other results than a phase at a time, or none. `gaveUp`: in use, after it was proven; not tried again. */
  outcome: 'proven' | 'failed' | 'gaveUp';
  /** Of a token: so, and by ordinary launches. 0 where it failed. */
  microseconds: number;
  usualMicroseconds: number;
}

export interface AdapterTable {
  adapter: AdapterKey;
  entries: TuningEntry[];
  resident: ResidentEntry[];
}

export interface TuningFile {
  version: 1;
  adapters: AdapterTable[];
}

export const noTuning: TuningFile = { version: 1, adapters: [] };

export function parseTuning(text: string): TuningFile {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return noTuning;
  }
  return readTuning(found);
}

/** The same of JSON that is parsed already. */
export function readTuning(found: unknown): TuningFile {
  if (!isRecord(found) || found['version'] !== 1 || !Array.isArray(found['adapters'])) return noTuning;
  return { version: 1, adapters: found['adapters'].flatMap(readAdapter) };
}

/** The file with a table's entries in the place of those with the same keys; of a kernel, those of other revisions go. */
export function mergeTuning(file: TuningFile, table: AdapterTable): TuningFile {
  const same = (other: AdapterTable) => adapterText(other.adapter) === adapterText(table.adapter);
  const before = file.adapters.find(same);
  if (!before) return { version: 1, adapters: [...file.adapters, table] };
  const { entries, resident } = table;
  const merged: AdapterTable = {
    adapter: table.adapter,
    entries: [...before.entries.filter((old) => !entries.some((entry) => replaces(entry, old))), ...entries],
    resident: [...before.resident.filter((old) => !resident.some(({ shape }) => shape === old.shape)), ...resident],
  };
  return { version: 1, adapters: file.adapters.map((other) => (same(other) ? merged : other)) };
}

/** One entry a line, so that a table can be read and compared. */
export function tuningText({ adapters }: TuningFile): string {
  const lines = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `        ${JSON.stringify(item)}`).join(',\n')}\n      ]`;
  const tables = adapters.map(
    ({ adapter, entries, resident }) =>
      `    {\n      "adapter": ${JSON.stringify(adapter)},\n` +
      `      "entries": ${lines(entries)},\n      "resident": ${lines(resident)}\n    }`,
  );
  return `{\n  "version": 1,\n  "adapters": [${tables.length === 0 ? '' : `\n${tables.join(',\n')}\n  `}]\n}\n`;
}

export const adapterText = ({ vendor, architecture, device, description }: AdapterKey): string =>
  [vendor, architecture, device, description].join(' | ');

function replaces(entry: TuningEntry, old: TuningEntry): boolean {
  if (entry.kernel !== old.kernel) return false;
  return entry.shape === old.shape && (entry.rows === old.rows || entry.revision !== old.revision);
}

function readAdapter(found: unknown): AdapterTable[] {
  if (!isRecord(found) || !isRecord(found['adapter'])) return [];
  const { vendor, architecture, device, description } = found['adapter'];
  const { entries, resident } = found;
  const adapter = { vendor, architecture, device, description };
  if (!Object.values(adapter).every((text) => typeof text === 'string')) return [];
  return [
    {
      adapter: adapter as AdapterKey,
      entries: Array.isArray(entries) ? entries.filter(isEntry) : [],
      resident: Array.isArray(resident) ? resident.filter(isResident) : [],
    },
  ];
}

function isEntry(found: unknown): found is TuningEntry {
  if (!isRecord(found) || !isRecord(found['choice'])) return false;
  const { kernel, revision, shape, rows, choice, microseconds, usualMicroseconds } = found;
  return (
    [kernel, revision, shape].every((text) => typeof text === 'string') &&
    [rows, microseconds, usualMicroseconds].every(Number.isFinite) &&
    Number.isInteger(rows) &&
    (rows as number) > 0 &&
    Object.values(choice).every((value) => Number.isInteger(value) && (value as number) > 0)
  );
}

function isResident(found: unknown): found is ResidentEntry {
  if (!isRecord(found)) return false;
  const { shape, revision, workgroups, lanes, outcome, microseconds, usualMicroseconds } = found;
  return (
    typeof shape === 'string' &&
    typeof revision === 'string' &&
    ['proven', 'failed', 'gaveUp'].includes(outcome as string) &&
    [workgroups, lanes].every((count) => Number.isInteger(count) && (count as number) > 0) &&
    [microseconds, usualMicroseconds].every((time) => Number.isFinite(time) && (time as number) >= 0)
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
