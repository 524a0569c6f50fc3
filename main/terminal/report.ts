// What the terminal says: bars and sentences for a person, or one JSON object a line for a program.
import type { EventName, Events } from '../ipc/contract.ts';
import type { AppError } from '../ipc/errors.ts';
import type { Download, LibraryProgress } from '../ipc/libraryContract.ts';

export interface Report {
  /** Says nothing of what these are now, only of what becomes of them. */
  ignore(downloads: readonly Download[]): void;
  event<Name extends EventName>(name: Name, payload: Events[Name]): void;
  /** One line of a list. */
  row(data: object, text: string): void;
  /** For people only. */
  note(text: string): void;
  result(data: object, text: string): void;
  failed(error: AppError): void;
}

const barWidth = 30;

export function createReport(json: boolean): Report {
  const isTerminal = process.stderr.isTTY;
  const told = new Map<string, string>();
  let hasBar = false;

  const print = (data: object, text: string): void => {
    clearBar();
    console.log(json ? JSON.stringify(data) : text);
  };
  const clearBar = (): void => {
    if (hasBar) process.stderr.write('\r\x1b[K');
    hasBar = false;
  };
  const showBar = (text: string, bytes: number, totalBytes: number | null, rest: string): void => {
    if (!isTerminal || json) return;
    const share = totalBytes === null || totalBytes === 0 ? 0 : Math.min(1, bytes / totalBytes);
    const full = Math.round(share * barWidth);
    const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
    process.stderr.write(`\r\x1b[K${text} ${bar} ${(100 * share).toFixed(1)} % ${rest}`);
    hasBar = true;
  };

  const onDownload = (download: Download): void => {
    const { id, modelId, state, bytes, totalBytes, note, problem, retryAt } = download;
    const said = saidOf(download);
    if (told.get(id) !== said) {
      told.set(id, said);
      const why = [state, problem?.message, note].filter((part) => typeof part === 'string').join(': ');
      print(
        { event: 'state', download: id, id: modelId, state, bytes, totalBytes, note, problem, retryAt },
        `${modelId}  ${why}`,
      );
    }
    if (state === 'downloading' || state === 'verifying') {
      const speed = `${(download.bytesPerSecond / 1e6).toFixed(1)} MB/s`;
      const left = download.secondsLeft === null ? '' : `, ${duration(download.secondsLeft)} left`;
      const at = state === 'downloading' ? bytes : download.verifiedBytes;
      showBar(modelId, at, totalBytes, state === 'downloading' ? speed + left : 'verified');
    }
  };
  const onProgress = ({ id, stage, bytes, totalBytes }: LibraryProgress): void => {
    if (told.get(id) !== stage) {
      told.set(id, stage);
      print({ event: 'state', id, state: stage, bytes, totalBytes }, `${id}  ${stage}`);
    }
    showBar(id, bytes, totalBytes, stage);
  };

  return {
    ignore(downloads) {
      for (const download of downloads) told.set(download.id, saidOf(download));
    },
    event(name, payload) {
      if (name === 'downloads:changed') for (const download of payload as Download[]) onDownload(download);
      if (name === 'library:progress') onProgress(payload as LibraryProgress);
    },
    row: print,
    note(text) {
      if (!json) print({}, text);
    },
    result: (data, text) => print({ event: 'result', ...data }, text),
    failed({ code, message, detail }) {
      clearBar();
      const error = { code, message, ...(detail === undefined ? {} : { detail }) };
      if (json) console.log(JSON.stringify({ event: 'error', error }));
      else console.error(`${message} [${code}]`);
    },
  };
}

const saidOf = ({ state, note, problem }: Download): string => JSON.stringify([state, note, problem?.message ?? null]);

export const gigabytes = (bytes: number | null): string =>
  bytes === null ? '?' : `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
