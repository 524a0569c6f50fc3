// Errors of the engine as coded data: they cross the worker boundary as plain objects, and a person reads `message`.

/** Every way in which the engine can refuse or fail. */
export type EngineErrorCode =
  | 'not-a-model' // wrong magic, not GGUF and not a Hugging Face folder
  | 'unsupported-version' // GGUF version other than 2 or 3, or big-endian
  | 'unsupported-architecture' // not qwen3 or qwen3moe
  | 'unsupported-type' // a tensor type that no kernel reads
  | 'truncated' // the file ends before its header or its tensors do
  | 'bad-metadata' // a key is missing, over-long, of the wrong type or out of range
  | 'bad-tensors' // a tensor is missing, overlaps another, or has the wrong shape
  | 'bad-weights' // NaN or infinity in the weights, or in what they compute
  | 'bad-tokenizer' // no usable tokenizer or chat template in the file
  | 'token-out-of-range' // a token id outside the vocabulary
  | 'prompt-too-long' // the prompt does not fit the context
  | 'invalid-sampling' // a sampling value outside its range
  | 'too-large-for-cpu' // no GPU, and the model is over the CPU back end's limit
  | 'out-of-memory' // the device or the host refused an allocation
  | 'no-gpu' // a GPU was asked for and there is none
  | 'device-lost' // the GPU went away; the next request loads the model again
  | 'source-failed' // reading the weights failed (file gone, connection cut)
  | 'no-model' // generate before load
  | 'busy' // a second request of a kind that runs one at a time
  | 'aborted' // the caller asked to stop
  | 'internal'; // a bug of ours

/** What of an error crosses a boundary. `message` is a sentence for a person; `detail` is for a bug report. */
export interface EngineErrorData {
  code: EngineErrorCode;
  message: string;
  detail?: string;
}

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly detail: string | undefined;

  constructor(code: EngineErrorCode, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }

  toData(): EngineErrorData {
    const data: EngineErrorData = { code: this.code, message: this.message };
    if (this.detail !== undefined) data.detail = this.detail;
    return data;
  }
}

/** Any thrown value as coded data; what is not an EngineError becomes `internal`. */
export function toErrorData(error: unknown): EngineErrorData {
  if (error instanceof EngineError) return error.toData();
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', message: 'Something went wrong inside the engine. Your chat is safe.', detail };
}
