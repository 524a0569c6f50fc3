// Conversations as Conclave's own file: whole trees and everything that is known of how answers came about.
import type { WholeConversation } from '../store/wholeConversations.ts';
import { formatName, formatVersion, type ConversationFile, type FileConversation } from './format.ts';

export function exportJson(conversations: readonly WholeConversation[], exportedAt: number): string {
  const file: ConversationFile = {
    format: formatName,
    version: formatVersion,
    exportedAt,
    conversations: conversations.map(toFile),
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

function toFile({ leaf, messages, ...conversation }: WholeConversation): FileConversation {
  const idOf = (place: number | null) => (place === null ? null : String(place + 1));
  return {
    ...conversation,
    leafId: idOf(leaf),
    messages: messages.map(({ parent, editedFrom, ...message }, place) => ({
      id: String(place + 1),
      parentId: idOf(parent),
      ...message,
      editedFrom: idOf(editedFrom),
    })),
  };
}
