// A loaded model: its session on a back end, what reads and writes its text, and what is told of it.
import type { Checkpoint } from './format/checkpoint.ts';
import { memoryNeeds, shapeOf, type MemoryNeeds } from './format/memoryNeeds.ts';
import { samplingByMode } from './format/recommendedSampling.ts';
import { canQuantize } from './format/quantize/quantizedTypeOf.ts';
import type { QuantizedType } from './format/quantize/quantizeRows.ts';
import { thinkingKind } from './format/thinkingKind.ts';
import type { Session } from './generate/session.ts';
import type { ModelInfo } from './protocol.ts';
import { ChatTemplate } from './tokenizer/chatTemplate.ts';
import { Tokenizer } from './tokenizer/tokenizer.ts';

export interface Loaded {
  readonly session: Session;
  readonly checkpoint: Checkpoint;
  /** Null where the files bring none. */
  readonly tokenizer: Tokenizer | null;
  readonly template: ChatTemplate | null;
  readonly info: ModelInfo;
  /** As reckoned from the file; null on the CPU. */
  readonly memoryNeeds: MemoryNeeds | null;
}

/** @throws EngineError `bad-tokenizer` */
export function createLoaded(checkpoint: Checkpoint, session: Session, quantize?: QuantizedType): Loaded {
  const tokenizer = checkpoint.tokenizer && new Tokenizer(checkpoint.tokenizer);
  const template = checkpoint.chatTemplate === null ? null : new ChatTemplate(checkpoint.chatTemplate);
  const info = describe(checkpoint, quantize, session.model.contextLength, template);
  return { session, checkpoint, tokenizer, template, info, memoryNeeds: needsOf(checkpoint, session, quantize) };
}

function describe(
  checkpoint: Checkpoint,
  quantize: QuantizedType | undefined,
  contextLength: number,
  template: ChatTemplate | null,
): ModelInfo {
  const { config } = checkpoint;
  let parameters = 0;
  for (const { shape } of checkpoint.tensors.values()) parameters += shape.reduce((product, size) => product * size, 1);
  return {
    name: checkpoint.name,
    architecture: config.architecture,
    quantization:
      quantize && canQuantize(checkpoint.tensors)
        ? `${checkpoint.quantization} → ${quantize}`
        : checkpoint.quantization,
    parameters,
    byteLength: checkpoint.byteLength,
    vocabularySize: config.vocabularySize,
    trainedContext: config.contextLength,
    contextLength,
    ...samplingByMode(thinkingKind(checkpoint.chatTemplate), checkpoint.recommendedSampling),
    canThink: template?.canThink ?? false,
  };
}

function needsOf(
  checkpoint: Checkpoint,
  { backend, model }: Session,
  quantize: QuantizedType | undefined,
): MemoryNeeds | null {
  const { kind, kv } = backend.info;
  if (kind === 'cpu') return null;
  const { contextLength } = model;
  return memoryNeeds(shapeOf(checkpoint), { contextLength, kv, quantize, maxTokens: backend.maxTokens });
}
