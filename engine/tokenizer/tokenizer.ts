// Text to token ids and back, from the tokenizer data of a model file (spec 3.1). Knows no file format and no chat.
import { EngineError } from '../errors.ts';
import type { TokenizerData } from '../format/checkpoint.ts';
import { bytesOfSpelling, characterOfByte } from './byteAlphabet.ts';
import { BytePairMerges } from './bytePairMerges.ts';
import { splitPieces } from './splitPieces.ts';

const normalType = 1;
const controlType = 3;
const userDefinedType = 4;
const unusedType = 5;

/**
 * What `guard` puts inside spellings of control tokens: a lone surrogate, which no well-formed text holds. `encode` takes
 * it out again.
 */
const guardMark = '\uDC00';
/** With the u flag this never matches half of a pair. */
const guardMarks = /\uDC00/gu;

const mostCachedPieces = 50_000;
const longestCachedPiece = 64;

export class Tokenizer {
  /** Rows of the vocabulary, fillers included. */
  readonly vocabularySize: number;
  /** Ids from here on are fillers that no token stands behind: they must never be sampled. */
  readonly samplableCount: number;
  /** The tokens around reasoning, where the vocabulary has them. */
  readonly thinking: { open: number; close: number } | null;

  readonly #data: TokenizerData;
  readonly #merges: BytePairMerges;
  readonly #idOfByte: Int32Array;
  readonly #addedIds = new Map<string, number>();
  readonly #userDefined: RegExp | null;
  readonly #added: RegExp | null;
  readonly #controlStart: RegExp | null;
  readonly #cache = new Map<string, Int32Array>();
  readonly #utf8 = new TextEncoder();

  /** @throws EngineError `bad-tokenizer` when a byte or a half of a merge is missing from the vocabulary. */
  constructor(data: TokenizerData) {
    this.#data = data;
    this.vocabularySize = data.tokens.length;
    let count = data.tokens.length;
    while (count > 0 && data.tokenTypes[count - 1] === unusedType) count--;
    this.samplableCount = count;

    const control: string[] = [];
    const userDefined: string[] = [];
    const ids = new Map<string, number>();
    data.tokens.forEach((token, id) => {
      const type = data.tokenTypes[id];
      if (type === controlType || type === userDefinedType) {
        this.#addedIds.set(token, id);
        // What text may say freely, whatever type a file gives it; a mark of one character could not be guarded against.
        if (type === userDefinedType || isThinkingMark(token)) userDefined.push(token);
        else if ([...token].length > 1) control.push(token);
      } else if (type !== unusedType && !ids.has(token)) ids.set(token, id);
    });
    this.#userDefined = anyOf(userDefined);
    this.#added = anyOf([...control, ...userDefined]);
    this.#controlStart = control.length > 0 ? new RegExp(`(?=${anyOf(control)!.source}).`, 'gsu') : null;
    const open = this.#addedIds.get('<think>');
    const close = this.#addedIds.get('</think>');
    this.thinking = open === undefined || close === undefined ? null : { open, close };

    const idOf = (token: string): number => {
      const id = ids.get(token);
      if (id === undefined) throw new EngineError('bad-tokenizer', `The tokenizer's vocabulary lacks "${token}".`);
      return id;
    };
    this.#idOfByte = Int32Array.from(characterOfByte, idOf);
    this.#merges = new BytePairMerges(
      data.tokens.length,
      data.merges.map((merge) => {
        const [left = '', right = ''] = merge.split(' ');
        return { left: idOf(left), right: idOf(right), merged: idOf(left + right) };
      }),
    );
  }

  /**
   * Token ids of a text; nothing is added before or after it. With `special`, control tokens are read where they are
   * spelled, as a chat template needs; without, they are ordinary text. User-defined tokens are always read.
   */
  encode(text: string, { special }: { special: boolean }): number[] {
    const ids: number[] = [];
    const added = special ? this.#added : this.#userDefined;
    let at = 0;
    for (const match of added ? text.matchAll(added) : []) {
      this.#encodeOrdinary(text.slice(at, match.index), special, ids);
      ids.push(this.#addedIds.get(match[0])!);
      at = match.index + match[0].length;
    }
    this.#encodeOrdinary(text.slice(at), special, ids);
    return ids;
  }

  /**
   * Untrusted text for a chat template: where it spells a control token, `encode` with `special` will read plain text.
   * All other text comes back unchanged, so that what a template does with it stays the same.
   */
  guard(text: string): string {
    const wellFormed = text.toWellFormed();
    return this.#controlStart ? wellFormed.replace(this.#controlStart, (start) => start + guardMark) : wellFormed;
  }

  /** Bytes that are no UTF-8 become U+FFFD. Control tokens are spelled out. */
  decode(ids: Iterable<number>): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (const id of ids) text += decoder.decode(this.tokenBytes(id), { stream: true });
    return text + decoder.decode();
  }

  /** @throws EngineError `token-out-of-range` */
  tokenBytes(id: number): Uint8Array {
    const token = this.#data.tokens[id];
    if (token === undefined)
      throw new EngineError(
        'token-out-of-range',
        `The token ${id} is outside the vocabulary of ${this.vocabularySize}.`,
      );
    const isSpelled = this.#data.tokenTypes[id] === normalType;
    return (isSpelled ? bytesOfSpelling(token) : undefined) ?? this.#utf8.encode(token);
  }

  /** True for tokens that steer a chat and are no text; the marks around reasoning are text. */
  isControl(id: number): boolean {
    return this.#data.tokenTypes[id] === controlType && !isThinkingMark(this.#data.tokens[id]);
  }

  #encodeOrdinary(span: string, guarded: boolean, ids: number[]): void {
    if (span === '') return;
    const text = (guarded ? span.replace(guardMarks, '') : span).toWellFormed().normalize('NFC');
    for (const piece of splitPieces(text)) for (const id of this.#encodePiece(piece)) ids.push(id);
  }

  #encodePiece(piece: string): Int32Array {
    const cached = this.#cache.get(piece);
    if (cached) return cached;
    const ids = this.#merges.merge(Int32Array.from(this.#utf8.encode(piece), (byte) => this.#idOfByte[byte]));
    if (piece.length <= longestCachedPiece) {
      if (this.#cache.size >= mostCachedPieces) this.#cache.clear();
      this.#cache.set(piece, ids);
    }
    return ids;
  }
}

const isThinkingMark = (token: string): boolean => token === '<think>' || token === '</think>';

/** Matches any of the texts, the longest where several start. */
function anyOf(texts: string[]): RegExp | null {
  const alternatives = texts
    .filter((text) => text !== '')
    .sort((left, right) => right.length - left.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return alternatives.length > 0 ? new RegExp(alternatives.join('|'), 'gu') : null;
}
