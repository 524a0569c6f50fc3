// What the model reads: of a message its files, each between marks with its name, and then what was typed; of a branch its
// messages under the system prompt. Pure.
import type { GenerateRequest } from '../../engine/protocol.ts';
import type { Attachment, Id } from '../../main/ipc/contract.ts';
import type { Draft } from './drafts.svelte.ts';
import type { Thread } from './thread.svelte.ts';

export function messageContent(message: { text: string; attachments?: readonly Attachment[] }): string {
  const files = (message.attachments ?? []).map(
    ({ name, text }) => `<file name="${name.replaceAll(/["\n]/g, "'")}">\n${text}\n</file>`,
  );
  return [...files, message.text].filter((piece) => piece !== '').join('\n\n');
}

/** The branch up to a message as the engine takes it; answers that never began say nothing. */
export function messagesTo(thread: Thread, id: Id): GenerateRequest['messages'] {
  const said = thread
    .branchTo(id)
    .filter(({ role, text: words }) => role !== 'assistant' || words !== '')
    .map((message) => ({ role: message.role, content: messageContent(message) }));
  // Templates take one system message, at the start; what the conversation says now stands for an imported one.
  const own = systemMessage(thread.systemPrompt);
  return own.length === 0 ? said : [...own, ...said.filter(({ role }) => role !== 'system')];
}

/** What the model would read if a draft were sent. @param systemPrompt - Of a chat that has no thread yet, or is begun anew. */
export function messagesToDraft(
  draft: Draft,
  thread: Thread | null,
  systemPrompt: string,
): GenerateRequest['messages'] {
  const follows = draft.parentId === undefined ? (thread?.leafId ?? null) : draft.parentId;
  const before = thread && follows !== null ? messagesTo(thread, follows) : systemMessage(systemPrompt);
  return [...before, { role: 'user', content: messageContent({ ...draft, text: draft.text.trim() }) }];
}

function systemMessage(prompt: string): GenerateRequest['messages'] {
  const content = prompt.trim();
  return content === '' ? [] : [{ role: 'system', content }];
}
