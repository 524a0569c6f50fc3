// How the engine reads a model: ranged reads from somewhere. Hosts implement it (engine/host); nothing here knows files or networks.

/** One file of a model. Reads beyond the end reject with EngineError `truncated`, failures with `source-failed`. */
export interface WeightSource {
  readonly name: string;
  readonly byteLength: number;
  /**
   * Exactly `length` bytes from `offset`, in a buffer that the caller may keep. With `into`, memory of `length` bytes, they
   * may be read there, which spares new memory for each read of many.
   */
  read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** The files of one model: a GGUF, all parts of a split GGUF, or a Hugging Face folder. */
export interface ModelFiles {
  readonly names: readonly string[];
  open(name: string): WeightSource;
}
