// The first steps after loading are slower than those that follow: JavaScript that encodes them is compiled only after a few runs, and
// drivers put things off until they are used. Better now than in the first answer.
import type { Session } from './session.ts';
import { neutralSampling } from './sampling.ts';

/** As a short question has. */
const promptTokens = 30;
const rounds = 4;

/** Runs a few steps of a prompt and of an answer; what they were is forgotten. A software adapter takes too long for it. */
export async function warmUp({ backend, model }: Session): Promise<void> {
  const { kind, software } = backend.info;
  if (kind === 'cpu' || software) return;
  const { sampler, step, config, contextLength } = model;
  const sampling = { ...neutralSampling, maxTokens: 2 * rounds };
  backend.configureSampler(sampler, {
    sampling,
    seed: 0,
    sampleableTokens: config.vocabularySize,
    prompt: [],
    alternatives: 0,
  });
  const tokens = Math.min(promptTokens, backend.maxTokens, contextLength - 1);
  for (let round = 0; round < rounds; round++) {
    backend.setTokens(new Uint32Array(tokens), 0);
    await backend.run(step, tokens);
    // What goes wrong is said in an answer, where somebody waits for it.
    await backend.sampled(sampler).catch(() => {});
    await backend.run(step, 1);
    await backend.sampled(sampler).catch(() => {});
  }
}
