// Markdown text as blocks, for text that grows: blocks that did not change stay the same objects, so that only the last
// ones are drawn again. Nothing here makes HTML.
import type { Token, Tokens } from 'marked';
import { markdown } from './extensions.ts';

/** Lexes a text again and again while it grows at its end. */
export class GrowingMarkdown {
  #settledText = '';
  #settled: Token[] = [];
  #tail: Token[] = [];

  /** The blocks of the whole text; equal blocks are the same objects as last time. */
  update(text: string): Token[] {
    if (!text.startsWith(this.#settledText)) this.#forget();
    const tail = reuse(markdown.lexer(text.slice(this.#settledText.length)), this.#tail);
    this.#settle(tail);
    return [...this.#settled, ...this.#tail];
  }

  /** More text can change the last block and, across an empty line, the one before it: both are lexed again. */
  #settle(tail: Token[]): void {
    const solid = tail.flatMap((token, index) => (token.type === 'space' ? [] : [index]));
    const firstOpen = solid.at(-2) ?? 0;
    const closed = tail.slice(0, firstOpen);
    const isPlain = closed.every((token) => token.type !== 'def');
    if (!isPlain) {
      this.#tail = tail;
      return;
    }
    this.#settledText += closed.map(({ raw }) => raw).join('');
    this.#settled.push(...closed);
    this.#tail = tail.slice(firstOpen);
  }

  #forget(): void {
    this.#settledText = '';
    this.#settled = [];
    this.#tail = [];
  }
}

function reuse(tokens: Token[], before: readonly Token[]): Token[] {
  return tokens.map((token, index) => {
    const old = before[index];
    return old?.raw === token.raw && old.type === token.type ? old : token;
  });
}

/** A fence whose end has not arrived yet. */
export function isOpenFence(token: Tokens.Code): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  if (fence === undefined) return false;
  const lastLine = token.raw.trimEnd().split('\n').at(-1)!.trim();
  return !(token.raw.includes('\n') && lastLine.startsWith(fence) && /^(`+|~+)$/.test(lastLine));
}
