// A model's own chat template (Jinja, spec 3.4): messages to the text and the tokens of a prompt. Knows no model's format.
import { Template } from '@huggingface/jinja';
import { EngineError } from '../errors.ts';
import { thinkingKind } from '../format/thinkingKind.ts';
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
  /** The last message is an unfinished answer: the prompt ends inside it, with its last word. */
  continueLast?: boolean;
}

export class ChatTemplate {
  /** The template can turn thinking on and off. */
  readonly canThink: boolean;
  readonly #template: Template;

  /** @throws EngineError `bad-tokenizer` when the text is no Jinja template. */
  constructor(text: string) {
    this.canThink = thinkingKind(text) === 'optional';
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
  encodeChat(
    tokenizer: Tokenizer,
    messages: readonly TemplateMessage[],
    { continueLast = false, ...options }: TemplateOptions = {},
  ): number[] {
    const guarded = messages.map(({ role, content }) => ({ role, content: tokenizer.guard(content) }));
    const unfinished = continueLast ? guarded.pop()?.content : undefined;
    const prompt = this.render(guarded, options);
    return tokenizer.encode(unfinished === undefined ? prompt : goOn(prompt, unfinished), { special: true });
  }
}

const thought = /^\s*<think>/;
const openedByTemplate = /<think>\s*(?:<\/think>\s*)?$/;

/** The start of the assistant's turn and what was said in it; a thought that the template opens is not opened twice. */
function goOn(prompt: string, unfinished: string): string {
  return prompt.replace(openedByTemplate, (opened) => (thought.test(unfinished) ? '' : opened)) + unfinished;
}
