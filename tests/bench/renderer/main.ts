// The bench of the engine in the app's own window, as an Electron app of its own: the app's window, protocols and switches around
// a page that measures. Prints the report as text, then as one JSON line; ends with 1 and a sentence where something failed.
// Arguments: --model=FILE and the bench's options in the form --name=value; --profile, --no-scrolling.
import { statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { app, type BrowserWindow } from 'electron';
import { contextOf, type BenchPlan } from '../../../engine/bench/measure.ts';
import {
  footText,
  headText,
  profileText,
  rowText,
  type BenchReport,
  type HostMemory,
} from '../../../engine/bench/report.ts';
import {
  countOf,
  fitting,
  planOf,
  planOptions,
  quickPlan,
  usualPlan,
} from '../../../engine/host/terminal/bench/plan.ts';
import type { LoadOptions } from '../../../engine/protocol.ts';
import { registerSchemes, serveApp, serveWeights, weightsAddress } from '../../../main/appProtocols.ts';
import { addChromiumSwitches } from '../../../main/chromiumSwitches.ts';
import { closeSession, openWindow } from '../../../main/window.ts';
import type { Frames, PageBench } from './page.ts';

const options = {
  ...planOptions,
  model: { type: 'string' },
  context: { type: 'string' },
  /** LoadOptions as JSON. */
  load: { type: 'string' },
  'no-scrolling': { type: 'boolean' },
  profile: { type: 'boolean' },
  'profile-depth': { type: 'string' },
} as const;
const usualContext = 8192;
const memorySampleMs = 25;

addChromiumSwitches(app.commandLine);
registerSchemes();
app
  .whenReady()
  .then(run)
  .then(
    () => app.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      app.exit(1);
    },
  );

async function run(): Promise<void> {
  const known = process.argv.filter((argument) =>
    Object.keys(options).includes(/^--([a-z-]+)/.exec(argument)?.[1] ?? ''),
  );
  const { values } = parseArgs({ args: known, options });
  if (values.model === undefined) throw new Error('Name a model with --model=FILE.');
  const file = path.resolve(values.model);
  const name = path.basename(file);
  const plan = planOf(values, usualPlan);
  const contextLength = countOf('context', values.context, Math.max(usualContext, contextOf(plan)));
  const load: LoadOptions = { backend: 'gpu', contextLength, ...(JSON.parse(values.load ?? '{}') as LoadOptions) };

  closeSession();
  serveApp(path.join(import.meta.dirname, 'page'));
  // The one file that there is, whatever is asked for.
  serveWeights({ find: () => file });
  const page = await openPage();
  const model = { id: 'bench', files: [{ name, url: weightsAddress('bench', name), byteLength: statSync(file).size }] };
  const { result: loaded, memory: hostMemory } = await watchProcesses(() =>
    page.call('load', { model, options: load }),
  );
  const slow = loaded.backend.software || loaded.backend.kind === 'cpu';
  const fitted = planOf(values, fitting(slow ? quickPlan : usualPlan, loaded.model.contextLength));
  const report: WindowReport = { ...(await page.call('measure', fitted)), hostMemory, chrome: process.versions.chrome };
  if (!values['no-scrolling'])
    report.besideScrolling = await measureScrolling(page, { ...fitted, depths: [0], promptTokens: [] });
  if (values.profile)
    report.profile = await page.call('profile', {
      tokens: 1,
      depth: countOf('profile-depth', values['profile-depth'], 0),
    });
  console.log(textOf(report));
  console.log(JSON.stringify(report));
}

interface WindowReport extends BenchReport {
  chrome: string;
  /** The same with a page that scrolls beside it: rows, and frames with and without the engine at work. */
  besideScrolling?: BesideScrolling;
}

interface BesideScrolling {
  rows: BenchReport['rows'];
  frames: Frames | null;
  framesAlone: Frames | null;
}

async function measureScrolling(page: PageBench, plan: BenchPlan): Promise<BesideScrolling> {
  await page.startScrolling();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const framesAlone = await page.stopScrolling();
  await page.startScrolling();
  const { rows } = await page.call('measure', plan);
  return { rows, framesAlone, frames: await page.stopScrolling() };
}

function textOf(report: WindowReport): string {
  const lines = [headText(report), ...report.rows.map(rowText), footText(report)];
  const { besideScrolling, profile } = report;
  if (besideScrolling) {
    const { rows, frames, framesAlone } = besideScrolling;
    const frameText = (name: string, measured: Frames | null) =>
      measured
        ? `${name}: ${measured.median.toFixed(1)} ms median, ${measured.most.toFixed(0)} longest, ` +
          `${measured.late} of ${measured.runs} late`
        : `${name}: none`;
    lines.push('', 'beside a page that scrolls', ...rows.map(rowText), frameText('frames', frames), frameText('frames without the engine', framesAlone)); // prettier-ignore
  }
  if (profile) lines.push('', profileText(profile));
  return lines.join('\n');
}

/** The page's `bench`, called from here. */
async function openPage(): Promise<PageBench> {
  const window = openWindow(undefined);
  await new Promise<void>((resolve, reject) => {
    window.webContents.once('did-finish-load', resolve);
    window.webContents.once('did-fail-load', (_, code, description) => reject(new Error(`${code} ${description}`)));
    window.webContents.once('render-process-gone', (_, { reason }) => reject(new Error(`The window ended: ${reason}`)));
  });
  const call = (method: string) => (...args: unknown[]) => inPage(window, method, args) as never; // prettier-ignore
  return { call: call('call'), startScrolling: call('startScrolling'), stopScrolling: call('stopScrolling') };
}

function inPage({ webContents }: BrowserWindow, method: string, args: unknown[]): Promise<unknown> {
  return Promise.race([
    webContents.executeJavaScript(`bench.${method}(...${JSON.stringify(args)})`),
    new Promise((_, reject) =>
      webContents.once('render-process-gone', (_, { reason }) => reject(new Error(`The window ended: ${reason}`))),
    ),
  ]);
}

/** Resident memory of all processes of the app together; what they share is counted more than once, before and after alike. */
async function watchProcesses<Result>(work: () => Promise<Result>): Promise<{ result: Result; memory: HostMemory }> {
  const resident = () => app.getAppMetrics().reduce((sum, { memory }) => sum + memory.workingSetSize * 1024, 0);
  const beforeBytes = resident();
  let peakBytes = beforeBytes;
  const timer = setInterval(() => (peakBytes = Math.max(peakBytes, resident())), memorySampleMs);
  try {
    const result = await work();
    const afterBytes = resident();
    return { result, memory: { beforeBytes, peakBytes: Math.max(peakBytes, afterBytes), afterBytes } };
  } finally {
    clearInterval(timer);
  }
}
