// What another language must say, so that the compiler finds what it leaves out.
import type * as conversations from './english/conversations.ts';
import type { english } from './english/english.ts';

export type Texts = typeof english;

/** The part that has a file of its own in each language. */
export type ConversationTexts = Pick<Texts, keyof typeof conversations>;
