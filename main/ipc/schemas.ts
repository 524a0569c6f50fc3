// Every payload of the contract as a run-time check. The compiler refuses a schema that says something else than the
// contract does.
import * as v from 'valibot';
import { checkSampling, neutralSampling, type Sampling } from '../../engine/protocol.ts';
import { settingsEntries } from '../store/settings.ts';
import type { Payload, RequestName } from './contract.ts';

const longestText = 4_000_000;

const id = v.pipe(v.string(), v.uuid());
const modelId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(longestText));
const title = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200));
const count = v.pipe(v.number(), v.minValue(0));
const seed = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)));

const mode = v.picklist(['greedy', 'random']);
const samplingEntries = {
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

const sampling = v.pipe(v.strictObject(samplingEntries), inRange());

/** Some of the sampling values: what differs from a model's defaults, or what a model recommends. */
export const partialSampling = v.pipe(
  v.strictObject({
    mode: v.exactOptional(mode),
    temperature: v.exactOptional(samplingEntries.temperature),
    topK: v.exactOptional(samplingEntries.topK),
    topP: v.exactOptional(samplingEntries.topP),
    minP: v.exactOptional(samplingEntries.minP),
    repetitionPenalty: v.exactOptional(samplingEntries.repetitionPenalty),
    presencePenalty: v.exactOptional(samplingEntries.presencePenalty),
    frequencyPenalty: v.exactOptional(samplingEntries.frequencyPenalty),
    seed: v.exactOptional(samplingEntries.seed),
    maxTokens: v.exactOptional(samplingEntries.maxTokens),
  }),
  inRange(),
);

const timings = v.strictObject({
  promptTokens: count,
  reusedTokens: count,
  generatedTokens: count,
  firstTokenMs: count,
  prefillMs: count,
  decodeMs: count,
  tokensPerSecond: count,
});
const error = v.strictObject({
  code: v.pipe(v.string(), v.maxLength(100)),
  message: v.pipe(v.string(), v.maxLength(10_000)),
});
const onlyId = v.strictObject({ id });

export const payloadSchemas = {
  'app:info': v.null(),
  'settings:get': v.null(),
  'settings:set': v.strictObject({
    theme: v.exactOptional(settingsEntries.theme),
    modelId: v.exactOptional(settingsEntries.modelId),
    samplingPanelOpen: v.exactOptional(settingsEntries.samplingPanelOpen),
    sidebarOpen: v.exactOptional(settingsEntries.sidebarOpen),
    contextLength: v.exactOptional(settingsEntries.contextLength),
  }),
  'models:list': v.null(),
  'conversations:list': v.null(),
  'conversations:create': v.strictObject({ modelId, sampling: partialSampling }),
  'conversations:rename': v.strictObject({ id, title }),
  'conversations:delete': onlyId,
  'conversations:restore': onlyId,
  'conversations:setSampling': v.strictObject({ id, sampling: partialSampling }),
  'conversations:setLeaf': v.strictObject({ id, leafId: id }),
  'messages:list': v.strictObject({ conversationId: id }),
  'messages:append': v.strictObject({
    conversationId: id,
    parentId: v.nullable(id),
    role: v.picklist(['system', 'user']),
    text,
  }),
  'answers:start': v.strictObject({ conversationId: id, parentId: id, modelId, sampling }),
  'answers:save': v.strictObject({ id, text, seed }),
  'answers:finish': v.strictObject({
    id,
    text,
    status: v.picklist(['complete', 'stopped', 'failed']),
    seed,
    stopReason: v.nullable(v.picklist(['end', 'length', 'context', 'aborted'])),
    timings: v.nullable(timings),
    error: v.nullable(error),
  }),
} satisfies { [Name in RequestName]: v.GenericSchema<Payload<Name>> };

type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;
type Differing = {
  [Name in RequestName]: Same<v.InferOutput<(typeof payloadSchemas)[Name]>, Payload<Name>> extends true ? never : Name;
}[RequestName];
const differing: Differing[] = [] satisfies never[];
void differing;
