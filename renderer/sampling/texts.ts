// Lists of texts as lines of a field, with \n for a line break: stop strings, DRY breakers and logit bias. Pure.
import type { LogitBias } from '../../engine/protocol.ts';

const escape = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const unescape = (line: string) => line.replace(/\\(n|\\)/g, (_, mark: string) => (mark === 'n' ? '\n' : '\\'));

export const linesOf = (texts: readonly string[]): string => texts.map(escape).join('\n');

/** Empty lines say nothing; spaces count. */
export const textsOf = (lines: string): string[] => lines.split('\n').filter(Boolean).map(unescape);

export const biasLinesOf = (biases: readonly LogitBias[]): string =>
  biases.map(({ text, bias }) => `${bias} ${escape(text)}`).join('\n');

/** Biases, or the first line that is none. */
export function biasesOf(lines: string): { ok: true; value: LogitBias[] } | { ok: false; line: string } {
  const value: LogitBias[] = [];
  for (const line of lines.split('\n').filter((one) => one.trim() !== '')) {
    const found = /^\s*([-−+]?\d+(?:[.,]\d+)?) (.+)$/.exec(line);
    if (!found) return { ok: false, line };
    value.push({ bias: Number(found[1].replace('−', '-').replace(',', '.')), text: unescape(found[2]) });
  }
  return { ok: true, value };
}
