// The engine in the window's worker, as in the app: weights over weights://, the browser's WebGPU, a message for every token.
import { Engine } from '../../../engine/engine.ts';
import { measure, type BenchPlan } from '../../../engine/bench/measure.ts';
import { reportOf, type BenchReport } from '../../../engine/bench/report.ts';
import { toErrorData } from '../../../engine/errors.ts';
import { GpuBackend } from '../../../engine/gpu/gpuBackend.ts';
import type { ProfileRow } from '../../../engine/gpu/profiler.ts';
import { fetchFiles } from '../../../engine/host/fetchSource.ts';
import { pageReaders } from '../../../engine/host/pageReaders.ts';
import type { BackendInfo, LoadOptions, ModelInfo, ModelLocation } from '../../../engine/protocol.ts';

const engine = new Engine({ gpu: (navigator as Navigator & { gpu?: GPU }).gpu ?? null });
let loadMs = 0;

const calls = {
  async load(wanted: {
    model: ModelLocation;
    options: LoadOptions;
  }): Promise<{ model: ModelInfo; backend: BackendInfo }> {
    const started = performance.now();
    const loaded = await engine.load(fetchFiles(wanted.model, pageReaders(wanted.options.readers)), wanted.options);
    loadMs = performance.now() - started;
    return loaded;
  },
  async measure(plan: BenchPlan): Promise<BenchReport> {
    const onToken = (token: object) => send({ token });
    const rows = await measure(engine.session, plan, { onToken });
    return reportOf(engine, { host: 'window', plan, loadMs, hostMemory: null, driverBytes: null, rows });
  },
  async profile(at: { tokens: number; depth: number }): Promise<ProfileRow[]> {
    const { backend, model } = engine.session;
    return backend instanceof GpuBackend ? backend.profile(model.step, at.tokens, at.depth) : [];
  },
};

export type WorkerCalls = typeof calls;
export type WorkerCall = keyof WorkerCalls;
export type WorkerMessage = { token: object } | { id: number; value: unknown } | { id: number; error: string };

const send = (message: WorkerMessage) => (self.postMessage as (message: WorkerMessage) => void)(message);

self.onmessage = ({ data }: MessageEvent<{ id: number; name: WorkerCall; argument: never }>) => {
  const { id, name, argument } = data;
  calls[name](argument).then(
    (value) => send({ id, value }),
    (error: unknown) => {
      const { code, message, detail = '' } = toErrorData(error);
      send({ id, error: `${message} [${code}] ${detail}` });
    },
  );
};
