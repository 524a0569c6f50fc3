// Presets as a file to share: { format: "conclave-presets", version: 2, presets: [{ name, systemPrompt, sampling, thinking,
// modelId }] }. Version 1 had no thinking.
import * as v from 'valibot';
import { longestSystemPrompt, partialSampling, thinking } from '../ipc/schemas.ts';
import type { NewPreset } from '../store/presets.ts';
import { refuseFile } from './refusal.ts';

const formatName = 'conclave-presets';
const formatVersion = 2;

const fileSchema = v.strictObject({
  format: v.literal(formatName),
  version: v.picklist([1, formatVersion]),
  presets: v.pipe(
    v.array(
      v.strictObject({
        name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(100)),
        systemPrompt: v.pipe(v.string(), v.maxLength(longestSystemPrompt)),
        sampling: partialSampling,
        thinking: v.exactOptional(thinking),
        modelId: v.nullable(v.pipe(v.string(), v.nonEmpty(), v.maxLength(200))),
      }),
    ),
    v.nonEmpty(),
    v.maxLength(1000),
  ),
});

export function writePresets(presets: readonly NewPreset[]): string {
  const plain = presets.map(({ name, systemPrompt, sampling, thinking, modelId }) => ({
    name,
    systemPrompt,
    sampling,
    ...(thinking && { thinking }),
    modelId,
  }));
  return `${JSON.stringify({ format: formatName, version: formatVersion, presets: plain }, undefined, 2)}\n`;
}

/** @throws AppError `not-importable` */
export function readPresets(text: string): NewPreset[] {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw refuseFile('the file is not valid JSON.', error instanceof Error ? error.message : String(error));
  }
  const parsed = v.safeParse(fileSchema, file);
  if (parsed.success) return parsed.output.presets;
  const [issue] = parsed.issues;
  throw refuseFile(
    'the file holds no presets of Conclave, or one of a later version.',
    `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`,
  );
}
