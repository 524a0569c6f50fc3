// `bench --model FILE`: prefill and decode speed, dispatches a token, memory. Measures, asserts nothing; JSON as the last line.
import { GpuBackend } from '../../gpu/gpuBackend.ts';
import { generate, noTimings } from '../../generate/generate.ts';
import { neutralSampling } from '../../generate/sampling.ts';
import { loadEngine, modelOptions, numberOf, parse } from './options.ts';

export async function bench(args: string[]): Promise<void> {
  const { values } = parse(args, {
    ...modelOptions,
    'prompt-tokens': { type: 'string' },
    'max-tokens': { type: 'string' },
    profile: { type: 'boolean' },
    'profile-tokens': { type: 'string' },
    experts: { type: 'boolean' },
  });
  const started = performance.now();
  const { engine, model } = await loadEngine(values);
  const loadMs = performance.now() - started;
  const count = (name: 'prompt-tokens' | 'max-tokens' | 'profile-tokens', otherwise: number) =>
    values[name] === undefined ? otherwise : numberOf(name, values[name]);
  const promptTokens = Math.min(count('prompt-tokens', 64), model.contextLength - 2);
  const maxTokens = count('max-tokens', 64);

  const { session } = engine;
  const prompt = Array.from({ length: promptTokens }, (_, i) => (i * 7919 + 13) % model.vocabularySize);
  const run = async () => {
    session.cachedTokens = [];
    const tokens = generate(session, prompt, {
      sampling: { ...neutralSampling, temperature: 0.7, maxTokens },
      seed: 1,
      alternatives: 0,
      experts: values.experts ?? false,
      endTokenIds: new Set(),
      sampleableTokens: model.vocabularySize,
    });
    for (let next = await tokens.next(); ; next = await tokens.next()) if (next.done) return next.value.timings;
  };
  await run(); // warm-up
  let timings = noTimings;
  for (let i = 0; i < 3; i++) {
    const next = await run();
    if (next.tokensPerSecond > timings.tokensPerSecond) timings = next;
  }

  if (values.profile && session.backend instanceof GpuBackend) {
    const rows = await session.backend.profile(session.model.step, count('profile-tokens', 1));
    for (const { kernel, form, count, microseconds, stepMicroseconds } of rows) {
      const [each, all] = [microseconds.toFixed(1).padStart(8), stepMicroseconds.toFixed(0).padStart(6)];
      console.log(`${kernel.padEnd(20)} ${String(count).padStart(4)} x ${each} us = ${all} us  ${form}`);
    }
  }
  const { backend, dispatchesPerToken, weightBytes, memoryBytes } = engine.stats();
  const result = {
    model: model.name,
    backend: backend?.name,
    activations: backend?.activations,
    experts: values.experts ?? false,
    loadMs: Math.round(loadMs),
    prefillTokensPerSecond: (promptTokens * 1000) / timings.prefillMs,
    decodeTokensPerSecond: timings.tokensPerSecond,
    dispatchesPerToken,
    weightMB: weightBytes / 1e6,
    memoryMB: memoryBytes / 1e6,
  };
  if (!values.json) console.table(result);
  console.log(JSON.stringify(result));
}
