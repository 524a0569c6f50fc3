// Conclave's own file of conversations, as a schema; FORMAT.md describes it for people. A reader knows all versions up to
// its own and refuses later ones.
import * as v from 'valibot';
import {
  answerError,
  attachments,
  longestSystemPrompt,
  longestText,
  partialSampling,
  stopReason,
  thinking,
  timings,
  whole,
  wholeSampling,
} from '../ipc/schemas.ts';

export const formatName = 'conclave-conversations';
export const formatVersion = 2;

const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15));
const messageId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(100));
const text = v.pipe(v.string(), v.maxLength(longestText));
const modelId = v.pipe(v.string(), v.maxLength(200));

const generation = v.nullable(
  v.strictObject({
    modelId,
    sampling: wholeSampling,
    seed: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1))),
    stopReason: v.nullable(stopReason),
    timings: v.nullable(timings),
    error: v.nullable(answerError),
  }),
);

const message = v.strictObject({
  id: messageId,
  parentId: v.nullable(messageId),
  role: v.picklist(['system', 'user', 'assistant']),
  text,
  // Version 1 has none.
  attachments: v.optional(attachments, []),
  status: v.picklist(['complete', 'stopped', 'interrupted', 'failed']),
  createdAt: time,
  modelId: v.nullable(modelId),
  editedFrom: v.nullable(messageId),
  importedFrom: v.nullable(v.picklist(['openai', 'llama.cpp'])),
  generation,
  earlierParts: v.array(v.strictObject({ textLength: v.pipe(v.number(), v.integer(), v.minValue(0)), generation })),
  // The same two in version 1.
  thinkingMs: v.exactOptional(whole),
  tokens: v.exactOptional(
    v.pipe(
      v.string(),
      v.check((value) => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value), 'Invalid base64'),
    ),
  ),
});

const conversation = v.strictObject({
  title: text,
  titleSource: v.picklist(['auto', 'model', 'user']),
  createdAt: time,
  updatedAt: time,
  modelId: v.pipe(modelId, v.nonEmpty()),
  sampling: partialSampling,
  thinking: v.exactOptional(thinking),
  systemPrompt: v.pipe(v.string(), v.maxLength(longestSystemPrompt)),
  pinned: v.boolean(),
  archived: v.boolean(),
  folder: v.nullable(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(100))),
  leafId: v.nullable(messageId),
  messages: v.array(message),
});

export const fileSchema = v.strictObject({
  format: v.literal(formatName),
  version: v.picklist([1, formatVersion]),
  exportedAt: time,
  conversations: v.array(conversation),
});

export type ConversationFile = v.InferOutput<typeof fileSchema>;
export type FileConversation = ConversationFile['conversations'][number];
