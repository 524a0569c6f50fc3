// `chat --model FILE`: a conversation in the terminal; an empty line or Ctrl D ends it, Ctrl C stops an answer.
import { createInterface } from 'node:readline/promises';
import type { ChatMessage } from '../../protocol.ts';
import { loadEngine, modelOptions, parse, samplingOf, samplingOptions } from './options.ts';

export async function chat(args: string[]): Promise<void> {
  const { values } = parse(args, { ...modelOptions, ...samplingOptions, system: { type: 'string' } });
  const { engine, model } = await loadEngine(values);
  const sampling = samplingOf(values, model);
  const messages: ChatMessage[] = values.system ? [{ role: 'system', content: values.system }] : [];
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  let stop: AbortController | null = null;
  lines.on('SIGINT', () => (stop ? stop.abort() : lines.close()));
  const { backend } = engine.stats();
  console.log(`${model.name} on ${backend?.name ?? 'nothing'}. An empty line ends the chat.`);

  for (;;) {
    const content = await question(lines);
    if (!content) break;
    messages.push({ role: 'user', content });
    stop = new AbortController();
    const events = engine.answer({ prompt: { messages }, sampling, alternatives: 0 }, stop.signal);
    let answer = '';
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        const { tokensPerSecond, reusedTokens, promptTokens } = value.timings;
        console.log(`\n(${tokensPerSecond.toFixed(1)} tok/s, ${reusedTokens} of ${promptTokens} prompt tokens kept)`);
        break;
      }
      if (value.kind !== 'token') continue;
      answer += value.text;
      process.stdout.write(value.text);
    }
    stop = null;
    messages.push({ role: 'assistant', content: answer });
  }
  lines.close();
}

/** '' once the input has ended. */
function question(lines: ReturnType<typeof createInterface>): Promise<string> {
  return new Promise((resolve) => {
    lines.once('close', () => resolve(''));
    lines.question('> ').then(resolve, () => resolve(''));
  });
}
