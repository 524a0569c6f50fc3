// Tokens one at a time to text that never ends inside a character.
import type { Tokenizer } from './tokenizer.ts';

export class TextStream {
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The text that the token completes: empty while a character is incomplete, and for control tokens. */
  push(id: number): string {
    if (this.#tokenizer.isControl(id)) return '';
    return this.#decoder.decode(this.#tokenizer.tokenBytes(id), { stream: true });
  }

  /** U+FFFD for a character that was never completed, else nothing. */
  flush(): string {
    return this.#decoder.decode();
  }
}
