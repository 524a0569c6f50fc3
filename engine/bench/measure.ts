// The bench of a loaded model, for every host alike: time to the first token, speed of reading a prompt and of decoding at
// several depths of the context, the clocks of the GPU up. Each row is run once without being counted. Prints nothing, asserts nothing.
import { EngineError } from '../errors.ts';
import { generate } from '../generate/generate.ts';
import type { Session } from '../generate/session.ts';
import { neutralSampling, type Sampling } from '../generate/sampling.ts';
import type { TokenInfo } from '../generate/tokenInfo.ts';
import type { Timings } from '../protocol.ts';
import { spreadOf, type Spread } from './spread.ts';

/** `race`: temperature 0.7 and nothing cut off. `truncated`: top-k 20 and top-p 0.95 as well, as Qwen recommends. */
export type BenchSampling = 'race' | 'truncated' | 'greedy';

export const benchSamplings: Readonly<Record<BenchSampling, Partial<Sampling>>> = {
  race: { temperature: 0.7 },
  truncated: { temperature: 0.7, topK: 20, topP: 0.95 },
  greedy: { mode: 'greedy' },
};

export interface BenchPlan {
  /** Tokens that the cache holds before: decoding starts there. */
  depths: readonly number[];
  /** Prompts to read; at depths above 0 only the first of these sizes. */
  promptTokens: readonly number[];
  decodedTokens: number;
  runs: number;
  /** Seconds without work before each first token of a second row, as a GPU that was left alone lowers its clocks; 0: no such row. */
  quietSeconds: number;
  samplings: readonly BenchSampling[];
  /** Record the experts of every token. */
  experts: boolean;
}

export type BenchRow =
  | { kind: 'firstToken'; promptTokens: number; quietSeconds: number; milliseconds: Spread }
  | { kind: 'prefill'; depth: number; tokens: number; tokensPerSecond: Spread }
  | { kind: 'decode'; depth: number; tokens: number; sampling: BenchSampling; tokensPerSecond: Spread };

export interface BenchEvents {
  onRow?: (row: BenchRow) => void;
  /** What the app does with each token belongs into the time of decoding. */
  onToken?: (token: TokenInfo) => void;
}

/** The prompt that the time to the first token is measured with. */
export const firstTokenPrompt = 30;

/** The context that a plan needs. */
export function contextOf({ depths, promptTokens, decodedTokens }: BenchPlan): number {
  const [first = 0] = promptTokens;
  const deepest = Math.max(0, ...depths) + Math.max(first, decodedTokens + 1);
  return Math.max(deepest, firstTokenPrompt, ...promptTokens) + 1;
}

/** @throws EngineError `prompt-too-long` where the context is too short for the plan, and those of generate() */
export async function measure(session: Session, plan: BenchPlan, events: BenchEvents = {}): Promise<BenchRow[]> {
  const { contextLength, config } = session.model;
  if (contextOf(plan) > contextLength) {
    throw new EngineError(
      'prompt-too-long',
      `The bench needs a context of ${contextOf(plan)} tokens; this one holds ${contextLength}.`,
    );
  }
  const { depths, promptTokens, decodedTokens, runs, quietSeconds, samplings, experts } = plan;
  const tokens = (count: number) => Array.from({ length: count }, (_, i) => (i * 7919 + 13) % config.vocabularySize);

  /** Reads what the cache lacks of `prompt` beyond its first `kept` tokens, and draws. */
  const answer = async (prompt: number[], kept: number, drawn: number, sampling: BenchSampling): Promise<Timings> => {
    session.cachedTokens = prompt.slice(0, kept);
    const running = generate(session, prompt, {
      sampling: { ...neutralSampling, ...benchSamplings[sampling], maxTokens: drawn },
      seed: 1,
      alternatives: 0,
      experts,
      endTokenIds: new Set(),
      sampleableTokens: config.vocabularySize,
    });
    for (;;) {
      const { done, value } = await running.next();
      if (done) return value.timings;
      events.onToken?.(value);
    }
  };
  const repeat = async (run: () => Promise<Timings>, figure: (timings: Timings) => number): Promise<Spread> => {
    await run();
    const figures: number[] = [];
    for (let i = 0; i < runs; i++) figures.push(figure(await run()));
    return spreadOf(figures);
  };
  const rows: BenchRow[] = [];
  const add = (row: BenchRow) => {
    rows.push(row);
    events.onRow?.(row);
  };

  const [sampling = 'race'] = samplings;
  const short = tokens(firstTokenPrompt);
  const firstToken = async (quiet: number) => {
    const run = async () => {
      if (quiet > 0) await new Promise((resolve) => setTimeout(resolve, 1000 * quiet));
      return answer(short, 0, 1, sampling);
    };
    const milliseconds = await repeat(run, ({ firstTokenMs }) => firstTokenMs);
    add({ kind: 'firstToken', promptTokens: firstTokenPrompt, quietSeconds: quiet, milliseconds });
  };
  // A load leaves an H100 at a third of its clocks, and the few runs of a short prompt are over before it raises them.
  await answer(tokens(1), 0, decodedTokens, sampling);
  await firstToken(0);
  if (quietSeconds > 0) await firstToken(quietSeconds);
  for (const depth of depths) {
    if (depth > 0) await answer(tokens(depth), 0, 1, sampling);
    for (const count of depth === 0 ? promptTokens : promptTokens.slice(0, 1)) {
      const prompt = tokens(depth + count);
      const perSecond = ({ firstTokenMs }: Timings) => (count * 1000) / firstTokenMs;
      const tokensPerSecond = await repeat(() => answer(prompt, depth, 1, sampling), perSecond);
      add({ kind: 'prefill', depth, tokens: count, tokensPerSecond });
    }
    // With an empty context there still has to be a token to start from.
    const prompt = tokens(Math.max(1, depth));
    for (const drawing of samplings) {
      const run = () => answer(prompt, depth, decodedTokens + 1, drawing);
      const tokensPerSecond = await repeat(run, (timings) => timings.tokensPerSecond);
      add({ kind: 'decode', depth, tokens: decodedTokens, sampling: drawing, tokensPerSecond });
    }
  }
  return rows;
}
