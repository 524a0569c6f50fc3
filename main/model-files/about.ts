// What the library remembers of a model, beside its files: read from its header when it joins, completed by the catalogue
// and by the words in its file's name.
import * as v from 'valibot';
import type { Checkpoint } from '../../engine/format/checkpoint.ts';
import { shapeOf } from '../../engine/format/memoryNeeds.ts';
import { samplingByMode } from '../../engine/format/recommendedSampling.ts';
import { thinkingKind } from '../../engine/format/thinkingKind.ts';
import { modelShape } from '../ipc/librarySchemas.ts';
import { partialSampling } from '../ipc/schemas.ts';
import { describeFileName } from './ggufFile.ts';

const text = v.nullable(v.pipe(v.string(), v.maxLength(500)));

const aboutSchema = v.object({
  name: v.fallback(text, null),
  parameters: v.fallback(text, null),
  quantization: v.fallback(text, null),
  contextLength: v.fallback(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))), null),
  licence: v.fallback(text, null),
  summary: v.fallback(text, null),
  recommendedSampling: v.fallback(partialSampling, {}),
  /** null: as `recommendedSampling`. */
  thinkingSampling: v.fallback(v.nullable(partialSampling), null),
  thinking: v.fallback(v.nullable(v.picklist(['optional', 'always'])), null),
  shape: v.fallback(v.nullable(modelShape), null),
});

export type About = v.InferOutput<typeof aboutSchema>;

export const nothingKnown: About = {
  name: null,
  parameters: null,
  quantization: null,
  contextLength: null,
  licence: null,
  summary: null,
  recommendedSampling: {},
  thinkingSampling: null,
  thinking: null,
  shape: null,
};

/** Of what the database holds; what is missing or of another form is as if it were not known. */
export function readAbout(stored: unknown, fileName: string): About {
  const parsed = v.safeParse(aboutSchema, { ...nothingKnown, ...(typeof stored === 'object' ? stored : {}) });
  const about = parsed.success ? parsed.output : nothingKnown;
  const words = describeFileName(fileName);
  return {
    ...about,
    name: about.name ?? words.name,
    parameters: about.parameters ?? words.parameters,
    quantization: about.quantization ?? words.quantization,
  };
}

/** `known` is what the catalogue says; it goes before the file's own words. */
export function describeCheckpoint(checkpoint: Checkpoint, known: Partial<About>): Partial<About> {
  const { config, quantization, recommendedSampling, chatTemplate } = checkpoint;
  const kind = thinkingKind(chatTemplate);
  return {
    quantization: quantization === '' ? null : quantization,
    contextLength: config.contextLength,
    ...samplingByMode(kind, recommendedSampling),
    thinking: kind === 'never' ? null : kind,
    ...known,
    shape: shapeOf(checkpoint),
  };
}
