// `bench --model FILE`: time to the first token, prefill and decode at several depths, memory, and where a step's time goes.
// Measures, asserts nothing; JSON as the last line.
import { contextOf, measure } from '../../../bench/measure.ts';
import { footText, headText, profileText, reportOf, rowText } from '../../../bench/report.ts';
import { GpuBackend } from '../../../gpu/gpuBackend.ts';
import { loadEngine, modelOptions, parse } from '../options.ts';
import { driverMemory } from './driverMemory.ts';
import { watchMemory } from './memory.ts';
import { countOf, fitting, planOf, planOptions, quickPlan, usualPlan } from './plan.ts';

const options = {
  ...modelOptions,
  ...planOptions,
  profile: { type: 'boolean' },
  'profile-tokens': { type: 'string' },
  'profile-depth': { type: 'string' },
} as const;

/** What the app takes, so that the memory held is the app's. */
const usualContext = 8192;

export async function bench(args: string[]): Promise<void> {
  const { values } = parse(args, options);
  const context = values.context ?? String(Math.max(usualContext, contextOf(planOf(values, usualPlan))));
  const driverBefore = await driverMemory();
  const started = performance.now();
  const { result, memory } = await watchMemory(() => loadEngine({ ...values, context }));
  const loadMs = performance.now() - started;
  const { engine } = result;
  const { session } = engine;
  const { backend } = session;
  const slow = backend.info.software || backend.info.kind === 'cpu';
  const plan = planOf(values, fitting(slow ? quickPlan : usualPlan, session.model.contextLength));

  const measured = { host: 'node', plan, loadMs, hostMemory: memory, driverBytes: null };
  const print = values.json ? () => {} : console.log;
  print(headText(reportOf(engine, { ...measured, rows: [] })));
  const rows = await measure(session, plan, { onRow: (row) => print(rowText(row)) });
  const driverAfter = await driverMemory();
  const driverBytes = driverBefore === null || driverAfter === null ? null : driverAfter - driverBefore;
  const report = reportOf(engine, { ...measured, driverBytes, rows });
  print(footText(report));
  if (values.profile && backend instanceof GpuBackend) {
    const tokens = countOf('profile-tokens', values['profile-tokens'], 1);
    report.profile = await backend.profile(
      session.model.step,
      tokens,
      countOf('profile-depth', values['profile-depth'], 0),
    );
    print(`\n${profileText(report.profile)}`);
  }
  console.log(JSON.stringify(report));
}
