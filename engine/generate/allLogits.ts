// Logits of every position of a prompt: one step a token, so that memory stays at one row whatever the vocabulary.
import type { Session } from './session.ts';

/** Yields [vocabulary] f32 for each token in order. */
export async function* allLogits(session: Session, tokens: readonly number[]): AsyncGenerator<Float32Array> {
  const { backend, model } = session;
  session.cachedTokens = [];
  for (const [position, token] of tokens.entries()) {
    backend.setTokens([token], position);
    await backend.run(model.score, 1);
    yield await backend.read(model.logits, 1);
  }
}
