// The schema of models/catalogue.json: what people are told about the models that ship with the app.
import * as v from 'valibot';
import { partialSampling } from '../ipc/schemas.ts';
import catalogueJson from '../../models/catalogue.json' with { type: 'json' };

const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
/** One path segment. */
const segment = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/));

const catalogueModel = v.strictObject({
  id: segment,
  name,
  /** Folder under models/ that holds the files. */
  folder: segment,
  embedded: v.literal(true),
  files: v.pipe(
    v.array(
      v.strictObject({
        name: segment,
        byteLength: v.pipe(v.number(), v.integer(), v.minValue(1)),
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      }),
    ),
    v.minLength(1),
  ),
  parameters: name,
  quantization: name,
  contextLength: v.pipe(v.number(), v.integer(), v.minValue(1)),
  licence: name,
  summary: v.pipe(v.string(), v.nonEmpty(), v.maxLength(500)),
  recommendedSampling: partialSampling,
});

export const catalogueSchema = v.strictObject({
  version: v.literal(1),
  models: v.array(catalogueModel),
});

export type CatalogueModel = v.InferOutput<typeof catalogueModel>;

/** The models that ship with the app. Throws where the file does not fit the schema: a test makes sure that it does. */
export function readCatalogue(): readonly CatalogueModel[] {
  return v.parse(catalogueSchema, catalogueJson).models;
}
