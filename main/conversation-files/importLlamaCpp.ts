// The export of llama.cpp's web UI: { conv, messages } or a list of these. Ids are numbers in older versions and text in
// newer ones; the first message of a tree may be an empty one of type "root".
import * as v from 'valibot';
import type { Attachment } from '../ipc/contract.ts';
import { longestFileName, longestSystemPrompt, longestText, mostAttachments } from '../ipc/schemas.ts';
import type { WholeConversation, WholeMessage } from '../store/wholeConversations.ts';
import { nameConversation, refuseFile } from './refusal.ts';
import { cleanTitle } from './title.ts';
import { keptPlaces, orderTree } from './tree.ts';

const time = v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15)));
const text = v.pipe(v.string(), v.maxLength(longestText));
const id = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.nonEmpty());

const conversationSchema = v.object({
  conv: v.object({ name: v.nullish(v.string()), lastModified: time, currNode: v.nullish(id) }),
  messages: v.array(
    v.object({
      id,
      type: v.nullish(v.string()),
      role: v.string(),
      content: v.nullish(text),
      timestamp: time,
      parent: v.nullish(v.union([v.string(), v.number()])),
      children: v.nullish(v.array(id)),
      thinking: v.nullish(text),
      reasoningContent: v.nullish(text),
      model: v.nullish(v.pipe(v.string(), v.maxLength(200))),
      extra: v.nullish(v.array(v.unknown())),
    }),
  ),
});

type Source = v.InferOutput<typeof conversationSchema>;

export function looksLikeLlamaCpp(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'conv' in entry && 'messages' in entry;
}

export function importLlamaCpp(
  entries: readonly unknown[],
  modelId: string,
): { all: WholeConversation[]; leftOut: number } {
  let leftOut = 0;
  const all = entries.map((entry, index) => {
    const parsed = v.safeParse(conversationSchema, entry, { abortEarly: true });
    const where = nameConversation(index, (entry as { conv?: { name?: unknown } | null } | null)?.conv?.name);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw refuseFile(
        `${where} is not of the form of llama.cpp's export.`,
        `${v.getDotPath(issue) ?? 'conversation'}: ${issue.message}`,
      );
    }
    const { conversation, dropped } = toWhole(parsed.output, where, modelId);
    leftOut += dropped;
    return conversation;
  });
  return { all, leftOut };
}

function toWhole({ conv, messages: sources }: Source, where: string, modelId: string) {
  const nodes = sources.map((source) => {
    const attachments = source.role === 'user' ? attachmentsOf(source) : [];
    return {
      id: source.id,
      parentId: parentOf(source.parent),
      childIds: source.children ?? [],
      time: source.timestamp ?? null,
      source,
      attachments,
      text: visibleText(source, attachments.length > 0),
    };
  });
  const ordered = orderTree(nodes, where);
  // The first system message is what the web UI calls the system prompt of the chat.
  const prompt = ordered.find(({ source, text }) => source.role === 'system' && text !== null);
  const isPrompt = prompt !== undefined && (prompt.text?.length ?? 0) <= longestSystemPrompt ? prompt : undefined;
  const isKept = (node: (typeof ordered)[number]) => node.text !== null && node !== isPrompt;
  const places = keptPlaces(ordered, isKept);
  const messages = ordered.filter(isKept).map(({ source, text, attachments, parentId, time }): WholeMessage => {
    const isAnswer = source.role === 'assistant';
    return {
      parent: parentId === null ? null : (places.get(parentId) ?? null),
      editedFrom: null,
      role: source.role as WholeMessage['role'],
      text: text ?? '',
      attachments,
      status: 'complete',
      createdAt: Math.round(time) || Date.now(),
      modelId: isAnswer ? (source.model ?? '') : null,
      importedFrom: 'llama.cpp',
      generation: null,
      earlierParts: [],
    };
  });
  const updatedAt = Math.round(conv.lastModified ?? 0) || Date.now();
  const current = conv.currNode == null ? null : (places.get(conv.currNode) ?? null);
  const conversation: WholeConversation = {
    title: cleanTitle(conv.name, 'New chat'),
    titleSource: 'user',
    modelId,
    sampling: {},
    systemPrompt: isPrompt?.text ?? '',
    pinned: false,
    archived: false,
    folder: null,
    createdAt: messages[0] === undefined ? updatedAt : Math.min(messages[0].createdAt, updatedAt),
    updatedAt,
    leaf: current ?? (messages.length > 0 ? messages.length - 1 : null),
    messages,
  };
  const dropped = nodes.filter(({ source, text }) => text === null && source.type !== 'root').length;
  return { conversation, dropped };
}

/** −1 (as a number or text) stands for none in some versions. */
function parentOf(parent: string | number | null | undefined): string | null {
  if (parent === null || parent === undefined || String(parent) === '' || String(parent) === '-1') return null;
  return String(parent);
}

/** null where nothing is left that was said. Attached files that are not taken over as such are part of it. */
function visibleText(
  { role, type, content, thinking, reasoningContent, extra }: Source['messages'][number],
  hasAttachments: boolean,
): string | null {
  if (type === 'root' || !['system', 'user', 'assistant'].includes(role)) return null;
  const thought = (reasoningContent ?? thinking ?? '').trim();
  const pieces = [
    thought !== '' && role === 'assistant' ? `<think>\n${thought}\n</think>` : '',
    content ?? '',
    ...(extra ?? []).map((file) => inText(file, hasAttachments)),
  ];
  const whole = pieces.filter((piece) => piece.trim() !== '').join('\n\n');
  return (whole === '' && !hasAttachments) || whole.length > longestText ? null : whole;
}

/** The files with a text; none where they are more than a message of ours takes: they stay part of its text then. */
function attachmentsOf({ extra }: Source['messages'][number]): Attachment[] {
  const attachments = (extra ?? []).flatMap((file) => {
    const { title, content } = readExtra(file);
    return content === '' ? [] : [{ name: title.slice(0, longestFileName), text: content, pages: null, tokens: null }];
  });
  const length = attachments.reduce((sum, { text }) => sum + text.length, 0);
  return attachments.length > mostAttachments || length > longestText ? [] : attachments;
}

/** Pictures and sounds are named. */
function inText(file: unknown, hasAttachments: boolean): string {
  const { title, content, named } = readExtra(file);
  if (content !== '') return hasAttachments ? '' : `${title}:\n\n${content}`;
  return named ? `[${title}]` : '';
}

function readExtra(file: unknown): { title: string; content: string; named: boolean } {
  if (typeof file !== 'object' || file === null) return { title: '', content: '', named: false };
  const { type, name, content } = file as Record<string, unknown>;
  return {
    title: cleanTitle(name, 'attachment'),
    content: typeof content === 'string' ? content : '',
    named: typeof type === 'string',
  };
}
