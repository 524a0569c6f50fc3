// A model's own chat template (Jinja, spec 3.4): messages to the text and the tokens of a prompt. Knows no model's format.
import { Template } from '@huggingface/jinja';
import { EngineError } from '../errors.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TemplateMessage {
  role: string;
  content: string;
}

export interface TemplateOptions {
  /** Left out: as the template does by default. */
  thinking?: boolean;
  /** Ends with the start of the assistant's turn; true if not named. */
  addGenerationPrompt?: boolean;
}

export class ChatTemplate {
  /** The template can turn thinking on and off. */
  readonly canThink: boolean;
  readonly #template: Template;

  /** @throws EngineError `bad-tokenizer` when the text is no Jinja template. */
  constructor(text: string) {
    this.canThink = /\benable_thinking\b/.test(text);
    try {
      this.#template = new Template(text);
    } catch (error) {
      throw new EngineError('bad-tokenizer', "The model's chat template cannot be read.", String(error));
    }
  }

  /** @throws EngineError `bad-tokenizer` when the template refuses the messages. */
  render(messages: readonly TemplateMessage[], { thinking, addGenerationPrompt = true }: TemplateOptions = {}): string {
    const variables: Record<string, unknown> = {
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: addGenerationPrompt,
    };
    if (thinking !== undefined) variables['enable_thinking'] = thinking;
    try {
      return this.#template.render(variables);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineError('bad-tokenizer', `The model's chat template refuses these messages: ${reason}`);
    }
  }

  /**
   * The prompt's token ids. Only what the template itself writes becomes control tokens: a message that spells
   * `<|im_end|>` stays inside its turn.
   */
  encodeChat(tokenizer: Tokenizer, messages: readonly TemplateMessage[], options: TemplateOptions = {}): number[] {
    const guarded = messages.map(({ role, content }) => ({ role, content: tokenizer.guard(content) }));
    return tokenizer.encode(this.render(guarded, options), { special: true });
  }
}
