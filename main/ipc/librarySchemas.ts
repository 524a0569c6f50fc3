// The payloads of libraryContract.ts as run-time checks; schemas.ts takes them in and compares them with the contract.
import * as v from 'valibot';
import { kvTypes } from '../../engine/format/memoryNeeds.ts';
import { quantizedTypes } from '../../engine/protocol.ts';

const modelId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const downloadId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const path = v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096));
const source = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(4096));
const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const bytes = v.pipe(v.number(), v.minValue(0));
const quantization = v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]{1,30}$/)));
const onlyModel = v.strictObject({ id: modelId });
const onlyDownload = v.strictObject({ id: downloadId });

export const modelShape = v.strictObject({
  layerCount: size,
  hiddenSize: size,
  headCount: size,
  kvHeadCount: size,
  headDim: size,
  intermediateSize: size,
  expertCount: size,
  expertsUsed: size,
  expertIntermediateSize: size,
  vocabularySize: size,
  contextLength: size,
  weightBytes: bytes,
  quantizedBytes: v.nullable(v.strictObject({ Q8_0: bytes, Q4_K: bytes })),
});

export const downloadSettings = {
  /** https, or http for a mirror in one's own network. */
  mirror: v.nullable(v.pipe(v.string(), v.url(), v.regex(/^https?:\/\//), v.maxLength(1000))),
  bytesPerSecond: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1024))),
};

export const libraryPayloads = {
  'catalogue:list': v.null(),
  'library:fit': v.strictObject({
    shape: modelShape,
    contextLength: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31)),
    kv: v.picklist(kvTypes),
    quantize: v.exactOptional(v.picklist(quantizedTypes)),
    budgetBytes: bytes,
  }),
  'library:list': v.null(),
  'library:choose': v.strictObject({ kind: v.picklist(['file', 'folder']) }),
  'library:import': v.strictObject({ path, how: v.picklist(['link', 'copy']) }),
  'library:verify': onlyModel,
  'library:cancel': v.strictObject({ id: path }),
  'library:remove': onlyModel,
  'library:restore': onlyModel,
  'library:reveal': onlyModel,
  'library:move': v.strictObject({ folder: path }),
  'downloads:list': v.null(),
  'downloads:pull': onlyModel,
  'downloads:add': v.strictObject({
    source,
    sha256: v.nullable(v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{64}$/))),
    quantization,
  }),
  'downloads:preview': v.strictObject({ source, quantization }),
  'downloads:pause': onlyDownload,
  'downloads:resume': onlyDownload,
  'downloads:cancel': onlyDownload,
  'downloads:settings': v.null(),
  'downloads:setSettings': v.strictObject({
    mirror: v.exactOptional(downloadSettings.mirror),
    bytesPerSecond: v.exactOptional(downloadSettings.bytesPerSecond),
  }),
};
