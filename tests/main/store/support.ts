// What the store's tests share: a store in a fresh folder that is closed when the test ends, and the code of a refusal.
import { onTestFinished } from 'vitest';
import type { AppErrorCode, Conversation } from '../../../main/ipc/contract.ts';
import { AppError } from '../../../main/ipc/errors.ts';
import { openStore, type Store } from '../../../main/store/open.ts';
import { someSampling } from '../../support/sampling.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

export function openTestStore(folder = temporaryFolder()): Store {
  const store = openStore(folder);
  onTestFinished(() => store.close());
  return store;
}

export function codeOf(action: () => unknown): AppErrorCode | 'none' {
  try {
    action();
    return 'none';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** A conversation of one user turn and one answer that is being written. */
export function startTurn(
  store: Store,
  text = 'Hello',
): { conversation: Conversation; userId: string; answerId: string } {
  const conversation = store.conversations.create('starter-v0', {});
  const conversationId = conversation.id;
  const { id: userId } = store.messages.append({ conversationId, parentId: null, role: 'user', text });
  const answer = { conversationId, parentId: userId, modelId: 'starter-v0', sampling: someSampling };
  return { conversation, userId, answerId: store.messages.startAnswer(answer).id };
}
