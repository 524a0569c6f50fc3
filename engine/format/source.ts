// How the engine reads a model: ranged reads from somewhere. Hosts implement it (engine/host); nothing here knows files or networks.

/** One file of a model. Reads beyond the end reject with EngineError `truncated`, failures with `source-failed`. */
export interface WeightSource {
  readonly name: string;
  readonly byteLength: number;
  /** What one read takes best where many follow each other; 4 MiB if not named. */
  readonly readBytes?: number;
  /** Reads go to `into` where it is given. */
  readonly reusesMemory?: boolean;
  /**
   * Exactly `length` bytes from `offset`, in `into` (of that length; if reusesMemory) or in a buffer that the caller may keep. A read that
   * brings memory along is one of many from front to back, for which a source may read ahead.
   */
  read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** The files of one model: a GGUF, all parts of a split GGUF, or a Hugging Face folder. */
export interface ModelFiles {
  readonly names: readonly string[];
  open(name: string): WeightSource;
}
