// Resident layers, a phase at a time, against the kernels of single tokens and the CPU twin.
import { expect, test, vi } from 'vitest';
import { generate } from '../../engine/generate/generate.ts';
import { CpuBackend } from '../../engine/cpu/cpuBackend.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import type { GpuProgram, ResidentStep } from '../../engine/gpu/program.ts';
import { ResidentTrial } from '../../engine/gpu/resident/trial.ts';
import { loadModel, type Qwen3Model } from '../../engine/qwen3/model.ts';
import type { ResidentEntry } from '../../engine/tuner/table.ts';
import { testGpu } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';
import { quantizeModel } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

const tokens = [5, 42, 79, 11, 7, 180, 3];
/** The kernel is long: a software adapter takes its time to compile it, more so on a busy machine. */
const patience = 300_000;

const config = {
  vocabularySize: 200,
  hiddenSize: 96,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 64,
  expertCount: 6,
  expertsUsed: 3,
  expertIntermediateSize: 64,
  contextLength: 64,
};
const mixed = (name: string) =>
  /attn_v|ffn_down|output|token_embd/.test(name) ? ('Q8_0' as const) : ('Q4_0' as const);

/** @param directKeys of the grid; null: the kernels of single tokens */
async function openBackend(directKeys: number | null, placing: 'kernels' | 'cpu' = 'kernels'): Promise<GpuBackend> {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  opened.features.software = false;
  const grid = directKeys === null ? null : { workgroups: 5, subgroup: 4 as const, looks: 1, directKeys };
  return GpuBackend.open(opened, { maxTokens: 1, activations: 'int8', kv: 'f16', resident: grid, placing });
}

/** Steps of resident layers run a phase at a time from now on. */
async function runPhased(backend: GpuBackend, { step }: Qwen3Model): Promise<ResidentStep> {
  const program = step as GpuProgram;
  const { resident } = program;
  if (!resident) throw new Error('The model does not fit.');
  program.resident = { ...resident, program: await backend.resident.phasedOf(resident) };
  return program.resident;
}

test.each([
  ['every head at once', 64],
  ['keys shared out from the fourth token on', 3],
])(
  '%s',
  async (_, directKeys) => {
    const { checkpoint } = quantizeModel(randomModel(config), mixed);
    const backends = [await openBackend(directKeys), await openBackend(null), new CpuBackend()] as const;
    try {
      const models = [];
      for (const backend of backends) {
        const model = await loadModel(checkpoint, backend, { contextLength: 64 });
        const sampling = { ...neutralSampling, mode: 'greedy' as const, maxTokens: 1 };
        backend.configureSampler(model.sampler, { sampling, seed: 0, sampleableTokens: 200, prompt: [], alternatives: 0, experts: true }); // prettier-ignore
        models.push(model);
      }
      const phased = await runPhased(backends[0], models[0]);
      let close = 0;
      for (const [position, token] of tokens.entries()) {
        const results = [];
        for (const [i, backend] of backends.entries()) {
          backend.setTokens([token], position);
          await backend.run(models[i].step, 1);
          const { experts } = await backend.sampled(models[i].sampler);
          results.push({ experts, logits: await backend.read(models[i].logits, 1) });
        }
        const [actual, ordinary, expected] = results;
        // The sums run in another order; where that tips a rounding to int8, the logits show it.
        const error = relativeError(actual.logits, ordinary.logits);
        expect(error, `position ${position}`).toBeLessThan(0.01);
        if (error < 1e-4) close++;
        expect(relativeError(actual.logits, expected.logits), `position ${position}`).toBeLessThan(0.02);
        expect(actual.experts?.ids).toEqual(ordinary.experts?.ids);
        expect(relativeError(actual.experts!.weights, ordinary.experts!.weights)).toBeLessThan(1e-3);
      }
      expect(close).toBeGreaterThan(tokens.length / 2);

      // The proof: of a phase at a time against itself, it is one; against ordinary launches, other bits show.
      const ordinary = models[0].step as GpuProgram;
      ordinary.resident = null;
      const host = backends[0].resident.trialHost(ordinary.sampler!);
      const trial = new ResidentTrial(host, ordinary, phased, {
        tokens: 4,
        emptyRuns: 2,
        deepRuns: 1,
        mostMs: Infinity,
      });
      const times = await trial.prove(phased.program);
      expect(Number.isFinite(times?.resident) && Number.isFinite(times?.ordinary)).toBe(true);
      expect(await trial.prove(ordinary)).toBeNull();

      // Stopped in the middle of 32 tokens: what it needed is freed.
      const before = backends[0].memory.scratchBytes;
      const stop = new AbortController();
      let checks = 0;
      const stopping = backends[0].resident.trialHost(ordinary.sampler!, stop.signal);
      const check = () => {
        if (++checks === 3) stop.abort();
        stopping.check();
      };
      const stopped = new ResidentTrial({ ...stopping, check }, ordinary, phased).time();
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      expect(checks).toBe(3);
      expect(backends[0].memory.scratchBytes).toBe(before);
    } finally {
      for (const backend of backends) backend.destroy();
    }
  },
  patience,
);

test('a proof that is stopped does not wait for the driver, and frees what it compiles for nothing', async () => {
  const { checkpoint } = quantizeModel(randomModel(config), mixed);
  let hold = Promise.resolve();
  const compile = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync');
  compile.mockImplementation(() => hold.then(() => ({}) as GPUComputePipeline));
  const backend = await openBackend(null, 'cpu');
  try {
    const model = await loadModel(checkpoint, backend, { contextLength: 64 });
    const before = backend.memory.scratchBytes;
    let release = () => {};
    hold = new Promise((resolve) => (release = resolve));
    compile.mockClear();
    const stop = new AbortController();
    const grid = { workgroups: 5, lanes: 128, subgroup: 4 as const, looks: 1, directKeys: 64 };
    const proof = backend.resident.prove(model.step, grid, stop.signal);
    await vi.waitFor(() => expect(compile).toHaveBeenCalled());
    expect(backend.memory.scratchBytes).toBeGreaterThan(before);
    stop.abort();
    await expect(proof).rejects.toMatchObject({ code: 'aborted' });
    release();
    await vi.waitFor(() => expect(backend.memory.scratchBytes).toBe(before));
    expect(backend.isSound).toBe(true);
  } finally {
    compile.mockRestore();
    backend.destroy();
  }
});

test('what has passed its proof is used without being compiled again, or freed when it is left', async () => {
  const { checkpoint } = quantizeModel(randomModel(config), mixed);
  const compile = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync');
  compile.mockImplementation(() => Promise.resolve({} as GPUComputePipeline));
  const trial = vi.spyOn(ResidentTrial.prototype, 'prove').mockResolvedValue({ resident: 1, ordinary: 2 });
  const backend = await openBackend(null, 'cpu');
  try {
    const { step } = await loadModel(checkpoint, backend, { contextLength: 64 });
    const before = backend.memory.scratchBytes;
    const grid = { workgroups: 5, lanes: 128, subgroup: 4 as const, looks: 1, directKeys: 64 };
    expect(await backend.resident.prove(step, grid)).toMatchObject({ outcome: 'proven', microseconds: 1000 });
    const proven = backend.memory.scratchBytes;
    expect(proven).toBeGreaterThan(before);

    backend.resident.leave('slower');
    expect(backend.memory.scratchBytes).toBe(before);
    await backend.resident.prove(step, grid);
    compile.mockClear();
    await backend.resident.use(step, grid);
    expect(compile).not.toHaveBeenCalled();
    expect(backend.memory.scratchBytes).toBe(proven);
    expect((step as GpuProgram).resident?.grid).toBe(grid);

    // On another grid it is another kernel, and the one that was proven goes.
    backend.resident.leave('off');
    await backend.resident.prove(step, grid);
    compile.mockClear();
    await backend.resident.use(step, { ...grid, workgroups: 6 });
    expect(compile).toHaveBeenCalled();
    expect((step as GpuProgram).resident?.grid.workgroups).toBe(6);

    trial.mockResolvedValue(null);
    const used = backend.memory.scratchBytes;
    expect(await backend.resident.prove(step, grid)).toMatchObject({ outcome: 'failed', microseconds: 0 });
    await vi.waitFor(() => expect(backend.memory.scratchBytes).toBe(used));
  } finally {
    trial.mockRestore();
    compile.mockRestore();
    backend.destroy();
  }
});

// A software adapter runs workgroups one after another and a word is looked at once: the first step gives up.
test('a step that gives up is computed again by the kernels of single tokens', { timeout: patience }, async () => {
  const { checkpoint } = quantizeModel(randomModel(config), mixed);
  const answers: number[][] = [];
  for (const directKeys of [64, null]) {
    const backend = await openBackend(directKeys);
    try {
      const model = await loadModel(checkpoint, backend, { contextLength: 64 });
      const resident = directKeys !== null;
      const step = model.step as GpuProgram;
      expect(step.resident !== null).toBe(resident);
      const gaveUp: ResidentEntry[] = [];
      backend.resident.onGaveUp = (entry) => gaveUp.push(entry);
      if (step.resident) {
        const trial = new ResidentTrial(backend.resident.trialHost(step.sampler!), step, step.resident);
        expect(await trial.time()).toBeNull();
        expect(await trial.prove(step)).toBeNull();
      }
      const sampling = { ...neutralSampling, temperature: 0.7, maxTokens: 6 };
      const tokens = generate({ backend, model, cachedTokens: [] }, [5, 42], {
        sampling,
        seed: 3,
        alternatives: 0,
        endTokenIds: new Set(),
        sampleableTokens: 200,
      });
      const ids: number[] = [];
      for await (const { id } of tokens) ids.push(id);
      answers.push(ids);
      expect((model.step as GpuProgram).resident).toBeNull();
      expect(backend.info.residentOff).toBe(resident ? 'gaveUp' : undefined);
      expect(gaveUp.map(({ outcome, workgroups }) => [outcome, workgroups])).toEqual(resident ? [['gaveUp', 5]] : []);
    } finally {
      backend.destroy();
    }
  }
  expect(answers[0]).toHaveLength(6);
  expect(answers[0]).toEqual(answers[1]);
});
