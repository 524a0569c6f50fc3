// A file that is not taken over: a sentence about what is wrong with it, and that nothing was changed.
import { AppError } from '../ipc/errors.ts';

export function refuseFile(what: string, detail?: string): AppError {
  return new AppError('not-importable', `Nothing was imported: ${what} Your chats are as they were.`, detail);
}

/** `Conversation 3 ("Rain")`: for sentences, so a title is one line and not long. */
export function nameConversation(index: number, title: unknown): string {
  const name = typeof title === 'string' ? title.replaceAll(/\s+/g, ' ').trim().slice(0, 40) : '';
  return `conversation ${index + 1}${name === '' ? '' : ` (“${name}”)`}`;
}
