// `generate --model FILE --prompt TEXT`: one answer, streamed; with --json one object with text, ids, log-probs and timings.
import type { Prompt } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import { logprobConvention } from '../../generate/tokenInfo.ts';
import type { ChatMessage, TokenExperts, TokenInfo } from '../../protocol.ts';
import { choice, loadEngine, modelOptions, numberOf, parse, samplingOf, samplingOptions, tokensOf } from './options.ts';

const options = {
  ...modelOptions,
  ...samplingOptions,
  prompt: { type: 'string' },
  system: { type: 'string' },
  tokens: { type: 'string' },
  raw: { type: 'boolean' },
  thinking: { type: 'string' },
  logprobs: { type: 'string' },
  experts: { type: 'boolean' },
  'thinking-budget': { type: 'string' },
  'context-policy': { type: 'string' },
  /** Ids that the answer begins with. */
  answer: { type: 'string' },
} as const;

export async function generate(args: string[]): Promise<void> {
  const { values } = parse(args, options);
  const prompt = promptOf(values);
  const { engine, model } = await loadEngine(values);
  const budget = values['thinking-budget'];
  const events = engine.answer({
    prompt,
    sampling: samplingOf(values, model, values.thinking !== 'off'),
    alternatives: values.logprobs === undefined ? 0 : numberOf('logprobs', values.logprobs),
    experts: values.experts ?? false,
    contextPolicy: choice('context-policy', values['context-policy'] ?? 'stop', ['stop', 'dropOldest'] as const),
    ...(budget !== undefined && { thinkingBudget: numberOf('thinking-budget', budget) }),
    ...(values.answer !== undefined && { answer: tokensOf(values.answer) }),
  });
  const tokens: TokenInfo[] = [];
  let text = '';
  let begun = {};
  for (;;) {
    const { done, value } = await events.next();
    if (done) {
      const { backend } = engine.stats();
      if (values.json) console.log(JSON.stringify({ text, ...begun, ...asColumns(tokens), ...value, backend }));
      else process.stdout.write('\n');
      return;
    }
    if (value.kind === 'started') {
      const { seed, droppedMessages } = value;
      begun = droppedMessages === undefined ? { seed } : { seed, droppedMessages };
    } else {
      text += value.text;
      tokens.push(value.token);
      if (!values.json) process.stdout.write(value.text);
    }
  }
}

/**
 * One array for each thing that is known of a token. `logprobs` and alternatives are under the model's own distribution,
 * `sampledLogprobs` under the one that was drawn from; `experts` [tokens, layers, used] as ids and weights.
 */
function asColumns(tokens: TokenInfo[]) {
  const experts = tokens.flatMap((token) => token.experts ?? []);
  return {
    ids: tokens.map(({ id }) => id),
    logprobs: tokens.map(({ logprob }) => logprob),
    sampledLogprobs: tokens.map(({ sampledLogprob }) => sampledLogprob),
    conventions: { logprobs: logprobConvention.logprob, sampledLogprobs: logprobConvention.sampledLogprob },
    alternatives: tokens.map(({ alternatives }) => alternatives),
    ...(tokens.some(({ forced }) => forced) && { forced: tokens.map(({ forced }) => forced ?? false) }),
    ...(experts.length > 0 && { experts: experts.map(byLayer) }),
  };
}

function byLayer({ layers, used, ids, weights }: TokenExperts) {
  const rows = Array.from({ length: layers }, (_, layer) => layer * used);
  return {
    ids: rows.map((row) => [...ids.subarray(row, row + used)]),
    weights: rows.map((row) => [...weights.subarray(row, row + used)]),
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
