// Every payload of the contract as a run-time check. A schema that differs from the contract does not compile.
import * as v from 'valibot';
import { checkSampling, defaultOrder, neutralSampling, type FullSampling as Sampling } from '../../engine/protocol.ts';
import { settingsEntries } from '../store/settings.ts';
import type { Payload, RequestName } from './contract.ts';
import { libraryPayloads } from './librarySchemas.ts';

export const longestText = 4_000_000;
export const longestSystemPrompt = 200_000;
export const longestFileName = 255;
export const mostAttachments = 20;
/** One entry has about 400 characters, and a model some tens of entries. */
export const longestTuning = 4_000_000;
/** Base64 of 4 MiB. */
const longestChunk = 5_592_408;

const id = v.pipe(v.string(), v.uuid());
const modelId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(longestText));
const title = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200));
const name = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(100));
const systemPrompt = v.pipe(v.string(), v.maxLength(longestSystemPrompt));
// The library's own pattern runs out of stack at some megabytes.
const base64 = v.pipe(
  v.string(),
  v.maxLength(longestChunk),
  v.check((value) => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value), 'Invalid base64'),
);
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

export const attachment = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty(), v.maxLength(longestFileName)),
  text,
  pages: v.nullable(whole),
  tokens: v.nullable(whole),
});
export const attachments = v.pipe(
  v.array(attachment),
  v.maxLength(mostAttachments),
  v.check((all) => all.reduce((sum, one) => sum + one.text.length, 0) <= longestText, 'Too much text'),
);

const pageLimit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500));
const count = v.pipe(v.number(), v.minValue(0));
const seed = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)));

const mode = v.picklist(['greedy', 'random']);
const texts = v.pipe(v.array(v.string()), v.readonly());
const basicEntries = {
  mode,
  temperature: v.number(),
  topK: v.number(),
  topP: v.number(),
  minP: v.number(),
  repetitionPenalty: v.number(),
  presencePenalty: v.number(),
  frequencyPenalty: v.number(),
  seed: v.nullable(v.number()),
  maxTokens: v.nullable(v.number()),
};
const optionalEntries = {
  dynamicTemperatureRange: v.exactOptional(v.number()),
  dynamicTemperatureExponent: v.exactOptional(v.number()),
  typicalP: v.exactOptional(v.number()),
  xtcProbability: v.exactOptional(v.number()),
  xtcThreshold: v.exactOptional(v.number()),
  minKeep: v.exactOptional(v.number()),
  repetitionWindow: v.exactOptional(v.nullable(v.number())),
  presenceWindow: v.exactOptional(v.nullable(v.number())),
  dryMultiplier: v.exactOptional(v.number()),
  dryBase: v.exactOptional(v.number()),
  dryAllowedLength: v.exactOptional(v.number()),
  dryWindow: v.exactOptional(v.nullable(v.number())),
  dryBreakers: v.exactOptional(texts),
  logitBias: v.exactOptional(v.pipe(v.array(v.strictObject({ text: v.string(), bias: v.number() })), v.readonly())),
  stopStrings: v.exactOptional(texts),
  order: v.exactOptional(v.pipe(v.array(v.picklist(defaultOrder)), v.readonly())),
};

/** The engine knows the ranges; its sentence is kept. */
const inRange = <Input extends Partial<Sampling>>() =>
  v.rawCheck<Input>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      checkSampling({ ...neutralSampling, ...dataset.value });
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
    }
  });

export const wholeSampling = v.pipe(v.strictObject({ ...basicEntries, ...optionalEntries }), inRange());

/** Some of the sampling values: what differs from a model's defaults, or what a model recommends. */
export const partialSampling = v.pipe(
  v.strictObject({
    mode: v.exactOptional(mode),
    temperature: v.exactOptional(basicEntries.temperature),
    topK: v.exactOptional(basicEntries.topK),
    topP: v.exactOptional(basicEntries.topP),
    minP: v.exactOptional(basicEntries.minP),
    repetitionPenalty: v.exactOptional(basicEntries.repetitionPenalty),
    presencePenalty: v.exactOptional(basicEntries.presencePenalty),
    frequencyPenalty: v.exactOptional(basicEntries.frequencyPenalty),
    seed: v.exactOptional(basicEntries.seed),
    maxTokens: v.exactOptional(basicEntries.maxTokens),
    ...optionalEntries,
  }),
  inRange(),
);

export const thinking = v.strictObject({ on: v.exactOptional(v.boolean()), budget: v.exactOptional(whole) });

export const timings = v.strictObject({
  promptTokens: count,
  reusedTokens: count,
  generatedTokens: count,
  firstTokenMs: count,
  prefillMs: count,
  decodeMs: count,
  tokensPerSecond: count,
});
export const answerError = v.strictObject({
  code: v.pipe(v.string(), v.maxLength(100)),
  message: v.pipe(v.string(), v.maxLength(10_000)),
});
export const stopReason = v.picklist(['end', 'length', 'context', 'aborted']);
const tokenPiece = v.strictObject({ from: whole, record: base64 });
const onlyId = v.strictObject({ id });

export const payloadSchemas = {
  ...libraryPayloads,
  'app:info': v.null(),
  'settings:get': v.null(),
  'settings:set': v.strictObject({
    theme: v.exactOptional(settingsEntries.theme),
    modelId: v.exactOptional(settingsEntries.modelId),
    samplingPanelOpen: v.exactOptional(settingsEntries.samplingPanelOpen),
    sidebarOpen: v.exactOptional(settingsEntries.sidebarOpen),
    contextLength: v.exactOptional(settingsEntries.contextLength),
    modelContexts: v.exactOptional(settingsEntries.modelContexts),
    modelWeights: v.exactOptional(settingsEntries.modelWeights),
    kv: v.exactOptional(settingsEntries.kv),
    graphicsMemory: v.exactOptional(settingsEntries.graphicsMemory),
    modelTitles: v.exactOptional(settingsEntries.modelTitles),
    language: v.exactOptional(settingsEntries.language),
    contextPolicy: v.exactOptional(settingsEntries.contextPolicy),
    tuning: v.exactOptional(settingsEntries.tuning),
    resident: v.exactOptional(settingsEntries.resident),
    textSize: v.exactOptional(settingsEntries.textSize),
    globalKey: v.exactOptional(settingsEntries.globalKey),
    keepInTray: v.exactOptional(settingsEntries.keepInTray),
  }),
  'tuning:get': v.null(),
  'tuning:set': v.strictObject({ text: v.pipe(v.string(), v.maxLength(longestTuning)) }),
  'models:list': v.null(),
  'conversations:list': v.null(),
  'conversations:page': v.strictObject({
    archived: v.boolean(),
    folderId: v.exactOptional(v.nullable(id)),
    after: v.nullable(v.strictObject({ updatedAt: v.pipe(v.number(), v.integer()), id })),
    limit: pageLimit,
  }),
  'conversations:get': onlyId,
  'conversations:create': v.strictObject({
    modelId,
    sampling: partialSampling,
    systemPrompt: v.exactOptional(systemPrompt),
    folderId: v.exactOptional(v.nullable(id)),
    thinking: v.exactOptional(thinking),
  }),
  'conversations:rename': v.strictObject({ id, title }),
  'conversations:delete': onlyId,
  'conversations:restore': onlyId,
  'conversations:setSampling': v.strictObject({ id, sampling: partialSampling }),
  'conversations:setThinking': v.strictObject({ id, thinking }),
  'conversations:setLeaf': v.strictObject({ id, leafId: id }),
  'conversations:showBranch': v.strictObject({ id, messageId: id }),
  'conversations:setPinned': v.strictObject({ id, pinned: v.boolean() }),
  'conversations:setArchived': v.strictObject({ id, archived: v.boolean() }),
  'conversations:setFolder': v.strictObject({ id, folderId: v.nullable(id) }),
  'conversations:setModel': v.strictObject({ id, modelId }),
  'conversations:setSystemPrompt': v.strictObject({ id, systemPrompt }),
  'conversations:suggestTitle': v.strictObject({ id, title }),
  'conversations:duplicate': v.strictObject({ id, title }),
  'conversations:export': v.strictObject({
    ids: v.nullable(v.pipe(v.array(id), v.nonEmpty(), v.maxLength(100_000))),
    format: v.picklist(['json', 'markdown']),
  }),
  'imports:begin': v.strictObject({ byteLength: whole }),
  'imports:chunk': v.strictObject({ id, base64 }),
  'imports:finish': onlyId,
  'imports:cancel': onlyId,
  'search:find': v.strictObject({ query: text, offset: whole, limit: pageLimit }),
  'folders:list': v.null(),
  'folders:create': v.strictObject({ name }),
  'folders:rename': v.strictObject({ id, name }),
  'folders:delete': onlyId,
  'folders:restore': v.strictObject({ id, name, conversationIds: v.array(id) }),
  'drafts:get': v.strictObject({ conversationId: v.nullable(id) }),
  'drafts:set': v.strictObject({ conversationId: v.nullable(id), text }),
  'drafts:attach': v.strictObject({ conversationId: v.nullable(id), attachments }),
  'presets:list': v.null(),
  'presets:save': v.strictObject({
    id: v.nullable(id),
    name,
    systemPrompt,
    sampling: partialSampling,
    thinking: v.exactOptional(thinking),
    modelId: v.nullable(modelId),
  }),
  'presets:delete': onlyId,
  'presets:apply': v.strictObject({ id, conversationId: id }),
  'presets:export': v.strictObject({ ids: v.pipe(v.array(id), v.nonEmpty(), v.maxLength(1000)) }),
  'presets:import': v.strictObject({ text }),
  'messages:list': v.strictObject({ conversationId: id }),
  'messages:append': v.strictObject({
    conversationId: id,
    parentId: v.nullable(id),
    role: v.picklist(['system', 'user']),
    text,
    attachments: v.exactOptional(attachments),
  }),
  'messages:edit': v.strictObject({ id, text }),
  'answers:start': v.strictObject({ conversationId: id, parentId: id, modelId, sampling: wholeSampling }),
  'answers:reopen': v.strictObject({ id, modelId, sampling: wholeSampling }),
  'answers:save': v.strictObject({
    id,
    text,
    seed,
    thinkingMs: v.exactOptional(whole),
    tokens: v.exactOptional(tokenPiece),
  }),
  'answers:finish': v.strictObject({
    id,
    text,
    status: v.picklist(['complete', 'stopped', 'failed']),
    seed,
    stopReason: v.nullable(stopReason),
    timings: v.nullable(timings),
    error: v.nullable(answerError),
    thinkingMs: v.exactOptional(whole),
    tokens: v.exactOptional(tokenPiece),
  }),
  'answers:tokens': onlyId,
} satisfies { [Name in RequestName]: v.GenericSchema<Payload<Name>> };

type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;
type Differing = {
  [Name in RequestName]: Same<v.InferOutput<(typeof payloadSchemas)[Name]>, Payload<Name>> extends true ? never : Name;
}[RequestName];
const differing: Differing[] = [] satisfies never[];
void differing;
