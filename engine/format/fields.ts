// Typed reads of what a file says about itself, whether GGUF metadata or a JSON object. Knows no key by name.
import { EngineError } from '../errors.ts';

/** Every refusal is `bad-metadata` and names the key. A JSON null counts as absent; so does a key that is not there. */
export class Fields {
  readonly #lookup: (key: string) => unknown;

  constructor(lookup: (key: string) => unknown) {
    this.#lookup = lookup;
  }

  static ofJson(object: Record<string, unknown>): Fields {
    return new Fields((key) => (Object.hasOwn(object, key) ? object[key] : undefined));
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  /** A whole number from 1 to 2³¹−1: sizes and counts. */
  count(key: string): number;
  count<Fallback>(key: string, fallback: Fallback): number | Fallback;
  count(key: string, ...fallback: unknown[]): unknown {
    const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) < 2 ** 31;
    return this.#read(key, 'a whole number, 1 or more', isCount, fallback);
  }

  /** A whole number from 0 to 2³¹−1: token ids and counts that may be none. */
  integer(key: string): number;
  integer<Fallback>(key: string, fallback: Fallback): number | Fallback;
  integer(key: string, ...fallback: unknown[]): unknown {
    const isInteger = (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
    return this.#read(key, 'a whole number, 0 or more', isInteger, fallback);
  }

  /** A finite number. */
  number(key: string): number;
  number<Fallback>(key: string, fallback: Fallback): number | Fallback;
  number(key: string, ...fallback: unknown[]): unknown {
    return this.#read(key, 'a number', Number.isFinite, fallback);
  }

  boolean<Fallback>(key: string, fallback: Fallback): boolean | Fallback {
    return this.#read(key, 'true or false', (value) => typeof value === 'boolean', [fallback]) as boolean | Fallback;
  }

  string(key: string): string;
  string<Fallback>(key: string, fallback: Fallback): string | Fallback;
  string(key: string, ...fallback: unknown[]): unknown {
    return this.#read(key, 'a text', (value) => typeof value === 'string', fallback);
  }

  strings(key: string): string[];
  strings<Fallback>(key: string, fallback: Fallback): string[] | Fallback;
  strings(key: string, ...fallback: unknown[]): unknown {
    const areStrings = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
    return this.#read(key, 'a list of texts', areStrings, fallback);
  }

  integers<Fallback>(key: string, fallback: Fallback): ArrayLike<number> | Fallback {
    const areIntegers = (value: unknown) =>
      (Array.isArray(value) && value.every(Number.isSafeInteger)) ||
      (ArrayBuffer.isView(value) &&
        !(value instanceof BigInt64Array || value instanceof BigUint64Array) &&
        !(value instanceof Float32Array || value instanceof Float64Array));
    return this.#read(key, 'a list of whole numbers', areIntegers, [fallback]) as ArrayLike<number> | Fallback;
  }

  /** An object inside this one; undefined where there is none. */
  object(key: string): Fields | undefined {
    const value = this.#read(key, 'an object', isJsonObject, [undefined]);
    return value === undefined ? undefined : Fields.ofJson(value as Record<string, unknown>);
  }

  #get(key: string): unknown {
    return this.#lookup(key) ?? undefined;
  }

  #read(key: string, kind: string, holds: (value: unknown) => boolean, fallback: unknown[]): unknown {
    const value = this.#get(key);
    if (value === undefined && fallback.length > 0) return fallback[0];
    if (value === undefined) throw new EngineError('bad-metadata', `The model file does not say "${key}".`);
    if (!holds(value)) throw new EngineError('bad-metadata', `"${key}" in the model file must be ${kind}.`);
    return value;
  }
}

export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
