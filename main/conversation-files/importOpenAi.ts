// OpenAI's conversations.json: a list of conversations, each with a mapping of nodes by id. What no person sees in a chat
// (calls of tools and their output, hidden and empty messages) is left out; what answers it moves up.
import * as v from 'valibot';
import type { WholeConversation, WholeMessage } from '../store/wholeConversations.ts';
import { longestText } from '../ipc/schemas.ts';
import { nameConversation, refuseFile } from './refusal.ts';
import { cleanTitle } from './title.ts';
import { keptPlaces, orderTree } from './tree.ts';

const seconds = v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e12)));
const text = v.pipe(v.string(), v.maxLength(longestText));

const messageSchema = v.object({
  author: v.object({ role: v.string() }),
  create_time: seconds,
  content: v.nullish(
    v.object({ content_type: v.string(), parts: v.nullish(v.array(v.unknown())), text: v.nullish(text) }),
  ),
  status: v.nullish(v.string()),
  recipient: v.nullish(v.string()),
  metadata: v.nullish(
    v.object({
      model_slug: v.nullish(v.pipe(v.string(), v.maxLength(200))),
      is_visually_hidden_from_conversation: v.nullish(v.boolean()),
    }),
  ),
});

const conversationSchema = v.object({
  title: v.nullish(v.string()),
  create_time: seconds,
  update_time: seconds,
  current_node: v.nullish(v.string()),
  is_archived: v.nullish(v.boolean()),
  is_starred: v.nullish(v.boolean()),
  default_model_slug: v.nullish(v.pipe(v.string(), v.maxLength(200))),
  mapping: v.record(
    v.string(),
    v.object({
      message: v.nullish(messageSchema),
      parent: v.nullish(v.string()),
      children: v.nullish(v.array(v.string())),
    }),
  ),
});

type OpenAiMessage = v.InferOutput<typeof messageSchema>;

export function looksLikeOpenAi(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'mapping' in entry;
}

/** `modelId` is for conversations whose next answer the user will want from a model that is there. */
export function importOpenAi(
  entries: readonly unknown[],
  modelId: string,
): { all: WholeConversation[]; leftOut: number } {
  let leftOut = 0;
  const all = entries.map((entry, index) => {
    const parsed = v.safeParse(conversationSchema, entry, { abortEarly: true });
    const where = nameConversation(index, (entry as { title?: unknown } | null)?.title);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw refuseFile(
        `${where} is not of the form of OpenAI's export.`,
        `${v.getDotPath(issue) ?? 'conversation'}: ${issue.message}`,
      );
    }
    const { conversation, dropped } = toWhole(parsed.output, where, modelId);
    leftOut += dropped;
    return conversation;
  });
  return { all, leftOut };
}

function toWhole(source: v.InferOutput<typeof conversationSchema>, where: string, modelId: string) {
  const nodes = Object.entries(source.mapping).map(([id, { message, parent, children }]) => ({
    id,
    parentId: parent ?? null,
    childIds: children ?? [],
    time: toTime(message?.create_time),
    message: message ?? null,
    text: message ? visibleText(message) : null,
  }));
  const ordered = orderTree(nodes, where);
  const places = keptPlaces(ordered, (node) => node.text !== null);
  const createdAt = toTime(source.create_time) ?? ordered.find(({ time }) => time > 0)?.time ?? Date.now();
  const messages: WholeMessage[] = [];
  for (const { message, text, parentId, time } of ordered) {
    if (message === null || text === null) continue;
    const role = message.author.role as WholeMessage['role'];
    const isAnswer = role === 'assistant';
    const writer = message.metadata?.model_slug ?? source.default_model_slug ?? '';
    messages.push({
      parent: parentId === null ? null : (places.get(parentId) ?? null),
      editedFrom: null,
      role,
      text,
      attachments: [],
      status: isAnswer && message.status === 'in_progress' ? 'interrupted' : 'complete',
      createdAt: time > 0 ? time : createdAt,
      modelId: isAnswer ? writer : null,
      importedFrom: 'openai',
      generation: null,
      earlierParts: [],
    });
  }
  const current = source.current_node ?? null;
  const leaf = (current === null ? null : places.get(current)) ?? (messages.length > 0 ? messages.length - 1 : null);
  const conversation: WholeConversation = {
    title: cleanTitle(source.title, 'New chat'),
    titleSource: 'user',
    modelId,
    sampling: {},
    systemPrompt: '',
    pinned: source.is_starred ?? false,
    archived: source.is_archived ?? false,
    folder: null,
    createdAt,
    updatedAt: Math.max(toTime(source.update_time) ?? 0, createdAt),
    leaf,
    messages,
  };
  const dropped = nodes.filter(({ message, text }) => message !== null && text === null).length;
  return { conversation, dropped };
}

const toTime = (time: number | null | undefined): number | null => (time ? Math.round(time * 1000) : null);

/** null for what is no turn of the chat. */
function visibleText({ author, content, recipient, metadata }: OpenAiMessage): string | null {
  if (!['system', 'user', 'assistant'].includes(author.role) || !content) return null;
  if (metadata?.is_visually_hidden_from_conversation === true) return null;
  if (recipient != null && recipient !== 'all') return null;
  const { content_type: type, parts, text } = content;
  const pieces =
    type === 'text' || type === 'multimodal_text' ? (parts ?? []).map(partText) : type === 'code' ? [text ?? ''] : [];
  const whole = pieces.filter((piece) => piece.trim() !== '').join('\n\n');
  return whole === '' || whole.length > longestText ? null : whole;
}

/** Pictures and sounds are not in the file: what was there is named. */
function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (typeof part !== 'object' || part === null) return '';
  if ('text' in part && typeof part.text === 'string') return part.text;
  const type = 'content_type' in part && typeof part.content_type === 'string' ? part.content_type : '';
  if (type.startsWith('image')) return '[image]';
  if (type.startsWith('audio')) return '[audio]';
  return type === '' ? '' : '[attachment]';
}
