// `generate --model FILE --prompt TEXT`: one answer, streamed; with --json one object with text, ids, log-probs and timings.
import type { Prompt } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import type { ChatMessage, TokenInfo } from '../../protocol.ts';
import { loadEngine, modelOptions, numberOf, parse, samplingOf, samplingOptions, tokensOf } from './options.ts';

const options = {
  ...modelOptions,
  ...samplingOptions,
  prompt: { type: 'string' },
  system: { type: 'string' },
  tokens: { type: 'string' },
  raw: { type: 'boolean' },
  thinking: { type: 'string' },
  logprobs: { type: 'string' },
} as const;

export async function generate(args: string[]): Promise<void> {
  const { values } = parse(args, options);
  const prompt = promptOf(values);
  const { engine, model } = await loadEngine(values);
  const alternatives = values.logprobs === undefined ? 0 : numberOf('logprobs', values.logprobs);
  const events = engine.answer({ prompt, sampling: samplingOf(values, model), alternatives });
  const tokens: TokenInfo[] = [];
  let text = '';
  let seed = 0;
  for (;;) {
    const { done, value } = await events.next();
    if (done) {
      if (!values.json) process.stdout.write('\n');
      else console.log(JSON.stringify({ text, seed, ...asColumns(tokens), ...value, backend: engine.stats().backend }));
      return;
    }
    if (value.kind === 'started') seed = value.seed;
    else {
      text += value.text;
      tokens.push(value.token);
      if (!values.json) process.stdout.write(value.text);
    }
  }
}

function asColumns(tokens: TokenInfo[]) {
  return {
    ids: tokens.map(({ id }) => id),
    logprobs: tokens.map(({ logprob }) => logprob),
    sampledLogprobs: tokens.map(({ sampledLogprob }) => sampledLogprob),
    alternatives: tokens.map(({ alternatives }) => alternatives),
  };
}

interface PromptValues {
  prompt?: string;
  system?: string;
  tokens?: string;
  raw?: boolean;
  thinking?: string;
}

/** @throws EngineError `token-out-of-range`, and `source-failed` when neither a prompt nor tokens are given */
function promptOf({ prompt, system, tokens, raw, thinking }: PromptValues): Prompt {
  if (tokens !== undefined) return { tokens: tokensOf(tokens) };
  if (prompt === undefined)
    throw new EngineError('source-failed', 'Give a prompt with --prompt TEXT or --tokens 1,2,3.');
  if (raw) return { text: prompt };
  const messages: ChatMessage[] = [{ role: 'user', content: prompt }];
  if (system !== undefined) messages.unshift({ role: 'system', content: system });
  return thinking === undefined ? { messages } : { messages, thinking: thinking !== 'off' };
}
