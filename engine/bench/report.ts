// A bench as data (the JSON line that benches end with) and as text. Shared by the terminal and the window's bench.
import type { Engine } from '../engine.ts';
import type { MemoryBytes, MemoryNeeds } from '../format/memoryNeeds.ts';
import { GpuBackend } from '../gpu/gpuBackend.ts';
import type { Session } from '../generate/session.ts';
import type { ProfileRow } from '../gpu/profiler.ts';
import type { BackendInfo, EngineStats } from '../protocol.ts';
import type { BenchPlan, BenchRow } from './measure.ts';
import type { Spread } from './spread.ts';

export interface BenchReport {
  model: string;
  quantization: string;
  /** "node" or "window": where the engine ran. */
  host: string;
  backend: BackendInfo;
  contextLength: number;
  plan: BenchPlan;
  /** From nothing to ready, opening of the device and compiling included. */
  loadMs: number;
  /** Memory of the process while the model was loaded. */
  hostMemory: HostMemory | null;
  /** Held on the device, as counted when buffers are made. */
  memory: MemoryBytes;
  /** What was reckoned with before loading; null on the CPU. */
  memoryNeeds: MemoryNeeds | null;
  /** What the driver says that the card holds more than before loading; null where it cannot be asked. */
  driverBytes: number | null;
  dispatchesPerToken: number;
  /** Why decoding ran without resident layers; null where they ran. */
  residentOff: string | null;
  rows: BenchRow[];
  profile?: ProfileRow[];
}

/** Bytes of resident memory: before loading (the runtime itself), the most meanwhile, and at the end. */
export interface HostMemory {
  beforeBytes: number;
  peakBytes: number;
  afterBytes: number;
}

type Measured = Pick<BenchReport, 'host' | 'plan' | 'loadMs' | 'hostMemory' | 'driverBytes' | 'rows' | 'profile'>;

/** @throws EngineError `no-model` */
export function reportOf(engine: Engine, measured: Measured): BenchReport {
  const { model, backend, contextLength, memory, memoryNeeds, dispatchesPerToken } = engine.stats() as Loaded;
  const { name, quantization } = model;
  return {
    model: name,
    quantization,
    backend,
    contextLength,
    memory,
    memoryNeeds,
    dispatchesPerToken,
    residentOff: whyNotResident(engine.session),
    ...measured,
  };
}

function whyNotResident({ backend }: Session): string | null {
  const { residentOff = 'no GPU' } = backend.info;
  const detail = backend instanceof GpuBackend ? backend.resident.detail : null;
  return residentOff && detail ? `${residentOff}: ${detail}` : residentOff;
}

type Loaded = EngineStats & { model: NonNullable<EngineStats['model']>; backend: BackendInfo };

const number = (value: number, digits: number) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const megabytes = (bytes: number) => `${number(bytes / 1e6, 0)} MB`;
const memoryText = ({ weightBytes, kvBytes, scratchBytes, totalBytes }: MemoryBytes) =>
  `${megabytes(totalBytes)}: weights ${megabytes(weightBytes)}, KV cache ${megabytes(kvBytes)}, ` +
  `scratch ${megabytes(scratchBytes)}`;
const gigabytes = (value: number) => number(value, digitsOf(value));
const digitsOf = (value: number) => (value < 100 ? 1 : 0);
const spreadText = ({ median, least, most, runs }: Spread, unit: string) =>
  `${number(median, digitsOf(median)).padStart(9)} ${unit}  (${number(least, digitsOf(least))} to ` +
  `${number(most, digitsOf(most))}, ${runs} ${runs === 1 ? 'run' : 'runs'})`;

/** One row of the table: what, median, spread. */
export function rowText(row: BenchRow): string {
  const at = (depth: number) => (depth === 0 ? 'empty context' : `at ${number(depth, 0)}`);
  const line = (label: string, value: string) => `${label.padEnd(44)}${value}`;
  switch (row.kind) {
    case 'firstToken':
      return line(
        `first token, prompt of ${row.promptTokens}` + (row.quietSeconds > 0 ? `, ${row.quietSeconds} s of quiet` : ''),
        spreadText(row.milliseconds, 'ms   '),
      );
    case 'prefill':
      return line(`prefill ${number(row.tokens, 0)}, ${at(row.depth)}`, spreadText(row.tokensPerSecond, 'tok/s'));
    case 'decode':
      return line(
        `decode ${number(row.tokens, 0)}, ${at(row.depth)}, ${row.sampling}`,
        spreadText(row.tokensPerSecond, 'tok/s'),
      );
  }
}

/** What stands above and below the rows. */
export function headText({ model, quantization, backend, host, contextLength }: BenchReport): string {
  const { name, activations, kv } = backend;
  return `${model} ${quantization} on ${name} (${host}), ${activations} activations, ${kv} cache, context ${number(contextLength, 0)}`;
}

export function footText(report: BenchReport): string {
  const { loadMs, hostMemory, memory, memoryNeeds, driverBytes, dispatchesPerToken, residentOff } = report;
  const lines = [
    `load                    ${number(loadMs / 1000, 2)} s`,
    `held on the device      ${memoryText(memory)}`,
    ...(memoryNeeds ? [`reckoned before         ${memoryText(memoryNeeds)}`] : []),
    ...(driverBytes === null ? [] : [`the driver's count      ${megabytes(driverBytes)} more than before loading`]),
    `dispatches a token      ${dispatchesPerToken}` + (residentOff === null ? ', with resident layers' : ''),
  ];
  if (hostMemory) {
    const { beforeBytes, peakBytes, afterBytes } = hostMemory;
    lines.splice(
      1,
      0,
      `process while loading   +${megabytes(peakBytes - beforeBytes)} at most ` +
        `(${megabytes(beforeBytes)} before, ${megabytes(peakBytes)} peak, ${megabytes(afterBytes)} after)`,
    );
  }
  return lines.join('\n');
}

/** Kernel, launches in a step, microseconds of one and of all, bytes of weights a second, share of the step. */
export function profileText(rows: readonly ProfileRow[]): string {
  const total = rows.reduce((sum, { stepMicroseconds }) => sum + stepMicroseconds, 0);
  const line = (...cells: string[]) =>
    [cells[0].padEnd(24), ...cells.slice(1, 6).map((cell) => cell.padStart(8)), `  ${cells[6] ?? ''}`]
      .join(' ')
      .trimEnd();
  const text = rows.map(({ kernel, form, count, microseconds, stepMicroseconds, weightBytes }) =>
    line(
      kernel,
      String(count),
      microseconds.toFixed(1),
      stepMicroseconds.toFixed(0),
      weightBytes > 0 ? gigabytes(weightBytes / microseconds / 1e3) : '–',
      `${((100 * stepMicroseconds) / total).toFixed(1)} %`,
      form,
    ),
  );
  const all = String(rows.reduce((sum, { count }) => sum + count, 0));
  return [
    line('kernel', 'count', 'µs', 'µs all', 'GB/s', 'share', 'form'),
    ...text,
    line('all', all, '', total.toFixed(0), '', '100 %'),
  ].join('\n');
}
