// The branches that are shown as Markdown, for reading and for other programs. Messages are Markdown already and stay as
// they are; what is ours around them is escaped.
import type { Attachment } from '../ipc/contract.ts';
import type { WholeConversation, WholeMessage } from '../store/wholeConversations.ts';

export function exportMarkdown(
  conversations: readonly WholeConversation[],
  modelName: (modelId: string) => string,
): string {
  return conversations.map((conversation) => toMarkdown(conversation, modelName)).join('\n\n---\n\n');
}

function toMarkdown(conversation: WholeConversation, modelName: (modelId: string) => string): string {
  const { title, systemPrompt, createdAt } = conversation;
  const branch = shownBranch(conversation);
  const others = conversation.messages.length - branch.length;
  const blocks = [`# ${escapeMarkdown(title)}`, `*${new Date(createdAt).toISOString().slice(0, 10)}*`];
  if (systemPrompt !== '') blocks.push('## System prompt', systemPrompt);
  for (const message of branch) {
    const { role, text, modelId } = message;
    const writer = role === 'user' ? 'You' : role === 'system' ? 'System' : modelName(modelId ?? '') || 'Assistant';
    blocks.push(
      `## ${escapeMarkdown(writer)}`,
      ...message.attachments.map(foldAttachment),
      foldThinking(text.trimEnd()),
    );
    const notes = notesOn(message);
    if (notes !== '') blocks.push(`*${notes}*`);
  }
  if (others > 0)
    blocks.push(
      `*${others} ${others === 1 ? 'message' : 'messages'} of other branches not shown; the JSON export has them.*`,
    );
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function shownBranch({ leaf, messages }: WholeConversation): WholeMessage[] {
  const branch: WholeMessage[] = [];
  for (let place = leaf; place !== null; place = messages[place].parent) branch.push(messages[place]);
  return branch.reverse();
}

const endings: Record<WholeMessage['status'], string> = {
  complete: '',
  stopped: 'stopped',
  interrupted: 'interrupted',
  failed: 'failed',
};

function notesOn({ status, generation, editedFrom, importedFrom }: WholeMessage): string {
  const speed = generation?.timings?.tokensPerSecond;
  const notes = [
    endings[status],
    editedFrom === null ? '' : 'edited',
    importedFrom === null ? '' : `imported from ${importedFrom}`,
    speed === undefined ? '' : `${speed.toFixed(1)} tok/s`,
    generation === null || generation.seed === null ? '' : `seed ${generation.seed}`,
  ];
  return notes.filter((note) => note !== '').join(' · ');
}

/** Thinking becomes a block that readers fold. */
function foldThinking(text: string): string {
  const match = /^\s*<think>([^]*?)(?:<\/think>|$)/.exec(text);
  if (match === null) return text;
  const thought = match[1].trim();
  const answer = text.slice(match[0].length).trim();
  return thought === '' ? answer : `<details>\n<summary>Thinking</summary>\n\n${thought}\n\n</details>\n\n${answer}`;
}

/** The text of a file as a block that readers fold, fenced by more backticks than are in it. */
function foldAttachment({ name, text }: Attachment): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `<details>\n<summary>${escapeHtml(name)}</summary>\n\n${fence}\n${text.trimEnd()}\n${fence}\n\n</details>`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const escapeMarkdown = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>#+!|~-]/g, '\\$&');
