// The library from the terminal: the same code as behind the window. `npm run -s models -- help` lists the commands.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, toAppError } from '../ipc/errors.ts';
import type { LibraryModel } from '../ipc/libraryContract.ts';
import { defaultRetry } from '../model-files/download/pace.ts';
import { openServices, type Services } from '../services.ts';
import { defaultDataFolder } from '../web/dataFolder.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { createReport, gigabytes, type Report } from './report.ts';

const usage = `usage: npm run -s models -- COMMAND [--data DIR] [--json]

  list                       models on this machine
  catalogue                  models that can be downloaded
  pull ID                    download one of the catalogue: a model, or a quantisation of it
  add ADDRESS-or-PATH        a file's address, a repository of the hub (owner/name), a file or a folder on this machine
      [--sha256 HEX]         what the file must have
      [--quantization NAME]  of a repository that has several
      [--copy]               copy a local model into the library instead of linking it
  verify ID                  read all bytes again and compare
  remove ID                  into the library's bin
  restore ID                 out of it
  settings [--mirror ADDRESS|none] [--limit MEGABYTES-A-SECOND|none]

  An add or pull that was cut off goes on where it stopped when it is called again.
  [--retries N]  failures in a row before a download gives up, ${defaultRetry.attempts} unless said otherwise`;

const parentCheckMs = 200;
/** What a shell says of a program that Ctrl+C ended. */
const interruptedExit = 130;

const options = {
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
  sha256: { type: 'string' },
  quantization: { type: 'string' },
  copy: { type: 'boolean', default: false },
  mirror: { type: 'string' },
  limit: { type: 'string' },
  retries: { type: 'string' },
} as const;

type Values = ReturnType<typeof readArguments>['values'];
interface Run {
  services: Services;
  report: Report;
  values: Values;
  /** The argument after the command. */
  what: string;
}

const commands: Record<string, { needsWhat: boolean; run: (run: Run) => Promise<void> }> = {
  list: { needsWhat: false, run: list },
  catalogue: { needsWhat: false, run: catalogue },
  pull: { needsWhat: true, run: pull },
  add: { needsWhat: true, run: add },
  verify: { needsWhat: true, run: verify },
  remove: { needsWhat: true, run: remove },
  restore: { needsWhat: true, run: restore },
  settings: { needsWhat: false, run: settings },
};

function readArguments(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true });
}

async function main(args: string[]): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [name = 'help', what = ''] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || positionals.length > 2 || command.needsWhat !== (what !== '')) {
    (name === 'help' ? console.log : console.error)(usage);
    return name === 'help' ? 0 : 2;
  }
  const report = createReport(values.json);
  try {
    checkValues(values);
    const services = open(values);
    const interrupted = interruptible(services);
    try {
      await services.models.start({ downloads: false });
      report.ignore(services.models.downloads.list());
      services.events.listen((event, payload) => report.event(event, payload));
      await Promise.race([command.run({ services, report, values, what }), interrupted]);
      return 0;
    } finally {
      await services.models.close();
      services.store.close();
    }
  } catch (thrown) {
    const error = toAppError(thrown);
    report.failed(error);
    return error.code === 'stopped' ? interruptedExit : 1;
  }
}

function open(values: Values): Services {
  const attempts = values.retries === undefined ? defaultRetry.attempts : Number(values.retries);
  return openServices({
    version: packageJson.version,
    shell: 'web',
    dataFolder: path.resolve(values.data ?? defaultDataFolder()),
    modelsFolder: path.join(import.meta.dirname, '..', '..', 'models'),
    weightsAddress: (modelId, fileName) => `${modelId}/${fileName}`,
    log: () => undefined,
    retry: { ...defaultRetry, attempts },
  });
}

/** @throws AppError `invalid-payload` */
function checkValues({ sha256, retries, quantization }: Values): void {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    throw new AppError('invalid-payload', 'A SHA-256 has 64 hexadecimal digits.');
  if (retries !== undefined && !/^[1-9]\d{0,5}$/.test(retries))
    throw new AppError('invalid-payload', '--retries takes a whole number, 1 or more.');
  if (quantization !== undefined && !/^[A-Za-z0-9_]{1,30}$/.test(quantization))
    throw new AppError('invalid-payload', '--quantization takes a name such as Q4_K_M.');
}

/** Rejects on the first Ctrl+C; what has arrived stays. */
function interruptible(services: Services): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(new AppError('stopped', 'Stopped. What has arrived is kept; the same command goes on with it.'));
      void services.models.close();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    // Killed, npm takes nothing with it; a process left behind would keep the data folder locked.
    const before = ancestors();
    const watch = setInterval(() => ancestors() !== before && stop(), parentCheckMs);
    if (process.env['npm_lifecycle_event'] !== 'models') clearInterval(watch);
  });
}

/** The shell that npm starts this in, and npm itself where the system tells. */
function ancestors(): string {
  try {
    const npm = /^PPid:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/${process.ppid}/status`, 'utf8'));
    return `${process.ppid} ${npm?.[1] ?? ''}`;
  } catch {
    return String(process.ppid);
  }
}

async function list({ services, report }: Run): Promise<void> {
  const { models, disk, modelsFolder } = await services.models.state();
  for (const model of models) report.row(model, describe(model));
  const unfinished = services.models.downloads.list();
  for (const download of unfinished)
    report.row(
      { ...download, place: 'download' },
      `${download.modelId}  unfinished download, ${gigabytes(download.bytes)} of ${gigabytes(download.totalBytes)}`,
    );
  report.note(`${gigabytes(disk.modelBytes)} in ${modelsFolder}, ${gigabytes(disk.freeBytes)} free`);
}

async function catalogue({ services, report }: Run): Promise<void> {
  for (const { variants, ...model } of services.models.catalogue())
    for (const { shape: _, ...variant } of variants) {
      const size = `${variant.estimated ? 'about ' : ''}${gigabytes(variant.byteLength)}`;
      const words = [variant.id, size, `${model.contextLength} tokens`, variant.installed ? 'installed' : ''];
      report.row({ ...variant, model }, words.join('  ').trimEnd());
    }
}

async function pull({ services, report, what }: Run): Promise<void> {
  await finish(services, report, await services.models.pull(what));
}

async function add({ services, report, values, what }: Run): Promise<void> {
  const sha256 = values.sha256?.toLowerCase() ?? null;
  if (isPath(what)) return addPath({ services, report, values, what }, sha256);
  const quantization = values.quantization ?? null;
  await finish(services, report, await services.models.add(what, { sha256, quantization }));
}

async function addPath({ services, report, values, what }: Run, sha256: string | null): Promise<void> {
  const { model, isNew } = await services.models.import(path.resolve(what), values.copy ? 'copy' : 'link');
  const verified = await services.models.verify(model.id);
  if (sha256 !== null && verified.files[0]?.sha256 !== sha256 && isNew) await services.models.remove(model.id);
  if (sha256 !== null && verified.files[0]?.sha256 !== sha256)
    throw new AppError('damaged', 'The file has another SHA-256 than the one given.', verified.files[0]?.sha256 ?? '');
  done(services, report, verified.id);
}

async function finish(
  services: Services,
  report: Report,
  download: { id: string; modelId: string; state: string },
): Promise<void> {
  const isThere = download.state === 'complete';
  const modelId = isThere ? download.modelId : await services.models.downloads.finished(download.id);
  if (isThere) await services.models.verify(modelId);
  done(services, report, modelId);
}

async function verify({ services, report, what }: Run): Promise<void> {
  await services.models.verify(what);
  done(services, report, what);
}

async function remove({ services, report, what }: Run): Promise<void> {
  await services.models.remove(what);
  report.result({ id: what, removed: true }, `${what} is removed. "restore ${what}" brings it back.`);
}

async function restore({ services, report, what }: Run): Promise<void> {
  done(services, report, (await services.models.restore(what)).id);
}

async function settings({ services, report, values }: Run): Promise<void> {
  const { models } = services;
  if (values.mirror !== undefined) {
    const mirror = values.mirror === 'none' ? null : values.mirror;
    if (mirror !== null && !/^https?:\/\//.test(mirror))
      throw new AppError('bad-address', 'A mirror is an address that starts with https:// or http://.');
    models.setSettings({ mirror });
  }
  if (values.limit !== undefined) {
    const limit = values.limit === 'none' ? null : Math.round(Number(values.limit) * 1e6);
    if (limit !== null && !(limit >= 1024))
      throw new AppError('invalid-payload', '--limit takes megabytes a second, such as 2.5, or none.');
    models.setSettings({ bytesPerSecond: limit });
  }
  const now = models.settings();
  const limit = now.bytesPerSecond === null ? 'none' : `${now.bytesPerSecond / 1e6} MB/s`;
  report.result(now, `mirror ${now.mirror ?? 'none'}, limit ${limit}`);
}

function done(services: Services, report: Report, id: string): void {
  const model = services.library.get(id);
  const single = model.files.length === 1 ? model.files[0] : undefined;
  const place = single === undefined ? model.folder : path.join(model.folder, single.name);
  const { byteLength: bytes, files, problem } = model;
  report.result(
    { id, path: place, bytes, sha256: single?.sha256 ?? null, files, problem },
    `${id} is complete and verified: ${place}${problem === null ? '' : `\nConclave cannot run it: ${problem.message}`}`,
  );
}

function describe({ id, byteLength, quantization, contextLength, place, problem }: LibraryModel): string {
  const words = [
    id,
    gigabytes(byteLength),
    quantization ?? '',
    contextLength === null ? '' : `${contextLength} tokens`,
  ];
  return [...words, place, problem?.message ?? ''].filter((word) => word !== '').join('  ');
}

/** owner/name is a repository unless there is such a file or folder here. */
const isPath = (text: string): boolean =>
  !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) &&
  (fs.existsSync(text) || /^(\.{1,2}([\\/]|$)|[\\/~]|[A-Za-z]:[\\/])/.test(text) || !text.includes('/'));

// A code set later than an open handle ends would be lost.
process.exit(await main(process.argv.slice(2)));
