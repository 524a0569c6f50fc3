// The schema of models/catalogue.json: the models that ship with the app, and those that can be downloaded. Sizes and
// hashes stand there only where they are known; a download reads the hub's own.
import * as v from 'valibot';
import { partialSampling } from '../ipc/schemas.ts';
import catalogueJson from '../../models/catalogue.json' with { type: 'json' };

const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const summary = v.pipe(v.string(), v.nonEmpty(), v.maxLength(500));
/** One path segment. */
const segment = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const embeddedModel = v.strictObject({
  id: segment,
  name,
  /** Folder under models/ that holds the files. */
  folder: segment,
  embedded: v.literal(true),
  files: v.pipe(v.array(v.strictObject({ name: segment, byteLength: positive, sha256 })), v.minLength(1)),
  parameters: name,
  quantization: name,
  contextLength: positive,
  licence: name,
  summary,
  recommendedSampling: partialSampling,
});

/** Where the files of one quantisation are: by name, or by a pattern that the repository's own list resolves. */
const variant = v.strictObject({
  quantization: name,
  /** owner/name on the hub. */
  repository: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/)),
  name: v.exactOptional(segment),
  /** A file name with `*`; a match on safetensors takes the whole folder. */
  pattern: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9._*-]+$/))),
  byteLength: v.exactOptional(positive),
  sha256: v.exactOptional(sha256),
});

const downloadableModel = v.strictObject({
  id: segment,
  name,
  embedded: v.literal(false),
  parameters: name,
  contextLength: positive,
  licence: name,
  summary,
  /** Hybrid models have both. `thinking`: where the answer opens with thoughts; `direct`: where it does not. */
  recommendedSampling: v.strictObject({
    thinking: v.exactOptional(partialSampling),
    direct: v.exactOptional(partialSampling),
  }),
  shape: v.strictObject({
    layerCount: positive,
    hiddenSize: positive,
    headCount: positive,
    kvHeadCount: positive,
    headDim: positive,
    intermediateSize: count,
    expertCount: count,
    expertsUsed: count,
    expertIntermediateSize: count,
    vocabularySize: positive,
    tiedHead: v.boolean(),
  }),
  variants: v.pipe(
    v.array(
      v.pipe(
        variant,
        v.check((entry) => (entry.name === undefined) !== (entry.pattern === undefined), 'one of name and pattern'),
      ),
    ),
    v.minLength(1),
  ),
});

export const catalogueSchema = v.strictObject({
  version: v.literal(2),
  /** Patterns are appended to the base address, or to that of the mirror that the user has set. */
  hub: v.strictObject({
    baseAddress: v.pipe(v.string(), v.url(), v.startsWith('https://')),
    filePattern: v.pipe(v.string(), v.includes('{repository}'), v.includes('{revision}'), v.includes('{file}')),
    listPattern: v.pipe(v.string(), v.includes('{repository}'), v.includes('{revision}')),
    revision: segment,
  }),
  models: v.pipe(
    v.array(v.variant('embedded', [embeddedModel, downloadableModel])),
    v.check((models) => new Set(models.map(({ id }) => id)).size === models.length, 'ids are unique'),
  ),
});

export type Catalogue = v.InferOutput<typeof catalogueSchema>;
export type EmbeddedModel = v.InferOutput<typeof embeddedModel>;
export type DownloadableModel = v.InferOutput<typeof downloadableModel>;
export type Variant = DownloadableModel['variants'][number];

/** Throws where the file does not fit the schema: a test makes sure that it does. */
export function readCatalogue(): Catalogue {
  return v.parse(catalogueSchema, catalogueJson);
}

export const embeddedModels = (catalogue: Catalogue): EmbeddedModel[] =>
  catalogue.models.filter((model) => model.embedded);

export const downloadableModels = (catalogue: Catalogue): DownloadableModel[] =>
  catalogue.models.filter((model) => !model.embedded);

/** "qwen3-4b-q4_k_m": the id by which a quantisation is downloaded and, once installed, listed. */
export const variantId = (model: DownloadableModel, { quantization }: Variant): string =>
  `${model.id}-${quantization.toLowerCase()}`;

/** By a variant's id, or by a model's, which stands for its first variant. */
export function findVariant(
  catalogue: Catalogue,
  id: string,
): { model: DownloadableModel; variant: Variant } | undefined {
  for (const model of downloadableModels(catalogue)) {
    const found = model.variants.find((entry) => variantId(model, entry) === id.toLowerCase());
    const chosen = found ?? (model.id === id.toLowerCase() ? model.variants[0] : undefined);
    if (chosen !== undefined) return { model, variant: chosen };
  }
  return undefined;
}
