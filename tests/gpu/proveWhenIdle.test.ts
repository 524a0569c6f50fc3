// The engine puts resident layers to the proof between requests: when it does, what it then knows and tells, what it does when the device
// is lost over it. A software adapter has no such layers, so that the proof itself is a fake; device, model and answers are real.
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine } from '../../engine/engine.ts';
import { EngineError } from '../../engine/errors.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { usualGrid } from '../../engine/gpu/resident/grids.ts';
import type { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { nodeFiles } from '../../engine/host/nodeFiles.ts';
import type { LoadOptions, ResidentOff } from '../../engine/protocol.ts';
import { parseTuning, type ResidentEntry } from '../../engine/tuner/table.ts';
import { testGpu } from '../support/gpu.ts';

const model = path.join(import.meta.dirname, '../fixtures/goldens/dense');
const key = { shape: 'a model', revision: 'a kernel' };
const { workgroups, lanes } = usualGrid;
const proven: ResidentEntry = {
  ...{ ...key, workgroups, lanes },
  ...{ outcome: 'proven', microseconds: 1700, usualMicroseconds: 2500 },
};
const slower: ResidentEntry = { ...proven, microseconds: 2490 };
const failed: ResidentEntry = { ...proven, outcome: 'failed', microseconds: 0, usualMicroseconds: 0 };
const lost = () => new EngineError('device-lost', 'The GPU was reset or went away.');

type Prove = (signal?: AbortSignal) => Promise<ResidentEntry>;

async function answer(engine: Engine): Promise<number[]> {
  const sampling = { ...neutralSampling, mode: 'greedy' as const, maxTokens: 3 };
  const ids: number[] = [];
  for await (const event of engine.answer({ prompt: { tokens: [1, 2, 3] }, sampling, alternatives: 0 }))
    if (event.kind === 'token') ids.push(event.token.id);
  return ids;
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: EngineError) => error.code,
  );

afterEach(() => void vi.restoreAllMocks());

/** An engine on a software adapter, with its device, and what it tells. */
class Trial {
  device: GPUDevice | null = null;
  readonly told: { text: string; residentOff: ResidentOff | null; entries: ResidentEntry[] }[] = [];
  readonly engine = new Engine({
    gpu: {
      wgslLanguageFeatures: testGpu().wgslLanguageFeatures,
      requestAdapter: async (wanted) => {
        const adapter = (await testGpu().requestAdapter(wanted))!;
        const open = adapter.requestDevice.bind(adapter);
        adapter.requestDevice = async (described) => (this.device = await open(described));
        return adapter;
      },
    } as GPU,
    onTuned: (text, residentOff) =>
      this.told.push({ text, residentOff, entries: parseTuning(text).adapters.flatMap(({ resident }) => resident) }),
  });

  async load(options: LoadOptions = {}): Promise<void> {
    await this.engine.load(await nodeFiles(model), { backend: 'gpu', contextLength: 64, ...options });
  }

  get backend(): GpuBackend {
    return this.engine.session.backend as GpuBackend;
  }

  /** As after a load on hardware on which nothing is known of resident layers. */
  fresh(prove: Prove) {
    const { backend, engine } = this;
    this.told.length = 0;
    engine.session.cachedTokens = [];
    Object.assign(backend.info, { software: false, residentOff: 'unmeasured' });
    vi.spyOn(backend.resident, 'key').mockReturnValue(key);
    const proof = vi.spyOn(backend.resident, 'prove').mockImplementation((_step, _grid, signal) => prove(signal));
    const use = vi.spyOn(backend.resident, 'use').mockImplementation(() => {
      backend.info.residentOff = null;
      return Promise.resolve();
    });
    proof.mockClear();
    use.mockClear();
    return { proof, use };
  }
}

describe('with a device that lasts', () => {
  const trial = new Trial();
  const { engine, told } = trial;

  beforeAll(() => trial.load());
  afterAll(() => engine.unload());

  test('what is proven and faster is used from then on, told once and not tried again', async () => {
    const { proof, use } = trial.fresh(() => Promise.resolve(proven));
    await engine.proveResident();
    await engine.proveResident();
    expect(proof).toHaveBeenCalledTimes(1);
    expect(proof.mock.calls[0][1]).toEqual(usualGrid);
    expect(use).toHaveBeenCalledTimes(1);
    expect(told).toMatchObject([{ residentOff: null, entries: [proven] }]);
    expect(await answer(engine)).toHaveLength(3);
  });

  test.each<[ResidentOff, ResidentEntry]>([
    ['slower', slower],
    ['failed', failed],
  ])('what is %s is told and not used', async (residentOff, entry) => {
    const { use } = trial.fresh(() => Promise.resolve(entry));
    await engine.proveResident();
    expect(told).toMatchObject([{ residentOff, entries: [entry] }]);
    expect(use).not.toHaveBeenCalled();
    expect(engine.stats().backend?.residentOff).toBe(residentOff);
  });

  test('nothing is proven on software, where it is known or off, nor where much would have to be read again', async () => {
    const { proof } = trial.fresh(() => Promise.resolve(proven));
    const { info } = trial.backend;
    info.software = true;
    await engine.proveResident();
    info.software = false;
    for (const why of ['off', 'unfit', 'slower', 'failed', 'gaveUp', null] as const) {
      info.residentOff = why;
      await engine.proveResident();
    }
    info.residentOff = 'unmeasured';
    engine.session.cachedTokens = new Array<number>(1025).fill(0);
    await engine.proveResident();
    expect(proof).not.toHaveBeenCalled();
    expect(told).toEqual([]);
  });

  test('behind a short answer the cache is lost over it, and the next answer reads it all', async () => {
    const expected = await answer(engine);
    const { proof } = trial.fresh(() => Promise.resolve(proven));
    await answer(engine);
    expect(engine.session.cachedTokens.length).toBeGreaterThan(3);
    await engine.proveResident();
    expect(proof).toHaveBeenCalledTimes(1);
    expect(engine.session.cachedTokens).toEqual([]);
    expect(await answer(engine)).toEqual(expected);
  });

  test('one that is stopped leaves nothing behind, and is tried again when asked', async () => {
    const stop = new AbortController();
    const stopped = new EngineError('aborted', 'Stopped.');
    const { proof } = trial.fresh(
      (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(stopped))),
    );
    const proving = engine.proveResident(stop.signal);
    await engine.proveResident();
    expect(proof).toHaveBeenCalledTimes(1);
    expect(await code(answer(engine))).toBe('busy');
    stop.abort();
    expect(await code(proving)).toBe('aborted');
    expect(engine.stats().backend?.residentOff).toBe('unmeasured');
    expect(told).toEqual([]);
    proof.mockResolvedValue(proven);
    await engine.proveResident();
    expect(told).toHaveLength(1);
    expect(await answer(engine)).toHaveLength(3);
  });

  test('a kernel that does not compile is a failed proof, and the model stays', async () => {
    trial.fresh(() => Promise.reject(new EngineError('internal', 'It could not be compiled.')));
    const { backend } = trial;
    await engine.proveResident();
    expect(told).toMatchObject([{ residentOff: 'failed', entries: [failed] }]);
    expect(await answer(engine)).toHaveLength(3);
    expect(trial.backend).toBe(backend);
  });

  test('too little memory proves nothing, and is not tried again', async () => {
    const { proof } = trial.fresh(() => Promise.reject(new EngineError('out-of-memory', 'There is no memory left.')));
    await engine.proveResident();
    await engine.proveResident();
    expect(proof).toHaveBeenCalledTimes(1);
    expect(told).toEqual([]);
    expect(engine.stats().backend?.residentOff).toBe('unfit');
    expect(await answer(engine)).toHaveLength(3);
  });
});

test('a device that is lost over it counts as a failed proof, and the next answer loads the model again', async () => {
  const trial = new Trial();
  const { engine, told } = trial;
  await trial.load();
  const { backend } = trial;
  const stop = new AbortController();
  trial.fresh(async () => {
    // Also where the next request has come already.
    stop.abort();
    trial.device!.destroy();
    await trial.device!.lost;
    throw lost();
  });
  await engine.proveResident(stop.signal);
  expect(told).toMatchObject([{ residentOff: 'failed', entries: [failed] }]);
  expect(engine.stats().model).toBeNull();
  const loading = vi.spyOn(engine, 'load');
  expect(await answer(engine)).toHaveLength(3);
  expect(loading.mock.calls.map(([, options]) => options?.tuned)).toEqual([told[0].text]);
  expect(trial.backend).not.toBe(backend);
  expect(told).toHaveLength(1);
  engine.unload();
});

describe('with kernels that need not run', () => {
  const compiled = () => Promise.resolve({} as GPUComputePipeline);

  async function loadUncompiled(options?: LoadOptions): Promise<Trial> {
    vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync').mockImplementation(compiled);
    const trial = new Trial();
    await trial.load(options);
    return trial;
  }

  test('an error that the device reports is a failed proof, and the model is of no use any more', async () => {
    const trial = await loadUncompiled();
    const { engine, told, backend } = trial;
    trial.fresh(async () => {
      trial.device!.createBuffer({ size: 16, usage: 0 });
      await vi.waitFor(() => expect(backend.isSound).toBe(false));
      throw new EngineError('internal', 'The GPU reported an error.');
    });
    await engine.proveResident();
    expect(told).toMatchObject([{ residentOff: 'failed', entries: [failed] }]);
    expect(engine.stats().model).toBeNull();
  });

  test('unloading in the middle of it ends it, and another model can be loaded', async () => {
    const trial = await loadUncompiled();
    const { engine, told } = trial;
    trial.fresh(() => {
      engine.unload();
      return Promise.reject(lost());
    });
    expect(await code(engine.proveResident())).toBe('device-lost');
    expect(told).toEqual([]);
    await engine.proveResident();
    await engine.load(await nodeFiles(model), { backend: 'cpu' });
    await engine.proveResident();
    expect(told).toEqual([]);
    expect(await answer(engine)).toHaveLength(3);
  });

  test('nothing is proven with tuning off: it would not count at the next load', async () => {
    const trial = await loadUncompiled({ tuning: 'off' });
    const { proof } = trial.fresh(() => Promise.resolve(proven));
    await trial.engine.proveResident();
    expect(proof).not.toHaveBeenCalled();
    trial.engine.unload();
  });
});
