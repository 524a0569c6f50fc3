// What an answer keeps of its tokens (texts, log-probabilities, alternatives, experts) as one compact blob for the store.
// Texts stand once in a dictionary; log-probabilities are whole numbers of 1e-5 in three bytes. Knows no model.
import { EngineError } from '../errors.ts';
import type { TokenExperts, TokenInfo } from './tokenInfo.ts';
import { RecordReader, RecordWriter } from './recordBytes.ts';

/** A token as the worker reported it. */
export interface RecordedToken {
  text: string;
  token: TokenInfo;
}

const version = 1;
const flag = { forced: 1, ownText: 2, experts: 4 } as const;
/** Log-probabilities in units of it; an error of half of it stays. */
const unit = 1e-5;
const minusInfinity = 0xffffff;
const weightSteps = 0xffff;

/** About 40 bytes for a token with 8 alternatives, and three a chosen expert. */
export function encodeTokenRecord(tokens: readonly RecordedToken[]): Uint8Array<ArrayBuffer> {
  const texts = new Map<number, string | undefined>();
  for (const { text, token } of tokens) {
    for (const other of token.alternatives) texts.set(other.id, other.text ?? texts.get(other.id));
    if (!texts.has(token.id)) texts.set(token.id, text);
  }
  const dictionary = [...texts].sort(([a], [b]) => a - b);
  const places = new Map(dictionary.map(([id], place) => [id, place]));
  const placeOf = (id: number) => places.get(id) ?? 0;

  const out = new RecordWriter();
  out.byte(version);
  out.varint(dictionary.length);
  let before = 0;
  for (const [id, text] of dictionary) {
    out.varint(id - before);
    before = id;
    out.optionalText(text);
  }
  out.varint(tokens.length);
  for (const { text, token } of tokens) {
    const ownText = text !== texts.get(token.id);
    out.byte((token.forced ? flag.forced : 0) | (ownText ? flag.ownText : 0) | (token.experts ? flag.experts : 0));
    out.varint(placeOf(token.id));
    if (ownText) out.optionalText(text);
    writeLogprob(out, token.logprob);
    writeLogprob(out, token.sampledLogprob);
    out.varint(token.alternatives.length);
    for (const other of token.alternatives) {
      out.varint(placeOf(other.id));
      writeLogprob(out, other.logprob);
    }
    if (token.experts) writeExperts(out, token.experts);
  }
  return out.finish();
}

/**
 * Of one record, or of several that follow each other. Log-probabilities come back within 5e-6 (below −167 as −167), weights within 1/65,535 of the token's largest.
 * @throws EngineError `bad-metadata` when the bytes are no such record, or one of a newer version
 */
export function decodeTokenRecord(bytes: Uint8Array): RecordedToken[] {
  try {
    const reader = new RecordReader(bytes);
    const tokens: RecordedToken[] = [];
    do tokens.push(...decode(reader));
    while (!reader.isAtEnd);
    return tokens;
  } catch (error) {
    throw new EngineError('bad-metadata', 'The stored probabilities of this answer cannot be read.', String(error));
  }
}

function decode(from: RecordReader): RecordedToken[] {
  if (from.byte() !== version) throw new RangeError('unknown version');
  const dictionary: { id: number; text: string | undefined }[] = [];
  let before = 0;
  for (let left = from.count(); left > 0; left--) {
    before += from.varint();
    dictionary.push({ id: before, text: from.optionalText() });
  }
  const entry = () => {
    const found = dictionary[from.varint()];
    if (!found) throw new RangeError('no such token');
    return found;
  };
  const tokens: RecordedToken[] = [];
  for (let left = from.count(); left > 0; left--) {
    const flags = from.byte();
    const { id, text } = entry();
    const own = flags & flag.ownText ? from.optionalText() : text;
    const [logprob, sampledLogprob] = [readLogprob(from), readLogprob(from)];
    const token: TokenInfo = { id, logprob, sampledLogprob, alternatives: [] };
    for (let others = from.count(); others > 0; others--) {
      const other = entry();
      const alternative: TokenInfo['alternatives'][number] = { id: other.id, logprob: readLogprob(from) };
      if (other.text !== undefined) alternative.text = other.text;
      token.alternatives.push(alternative);
    }
    if (flags & flag.forced) token.forced = true;
    if (flags & flag.experts) token.experts = readExperts(from);
    tokens.push({ text: own ?? '', token });
  }
  return tokens;
}

function writeLogprob(out: RecordWriter, logprob: number): void {
  out.three(
    Number.isFinite(logprob) ? Math.min(minusInfinity - 1, Math.max(0, Math.round(-logprob / unit))) : minusInfinity,
  );
}

function readLogprob(from: RecordReader): number {
  const steps = from.three();
  if (steps === minusInfinity) return -Infinity;
  // Not −0.
  return steps === 0 ? 0 : -steps * unit;
}

function writeExperts(out: RecordWriter, { layers, used, ids, weights }: TokenExperts): void {
  const largest = Math.fround(weights.reduce((most, weight) => Math.max(most, weight), 0));
  out.varint(layers);
  out.varint(used);
  out.float(largest);
  for (const id of ids) out.varint(id);
  for (const weight of weights) out.two(largest > 0 ? Math.round((weight / largest) * weightSteps) : 0);
}

function readExperts(from: RecordReader): TokenExperts {
  const layers = from.count();
  const used = from.count();
  const largest = from.float();
  const count = from.checked(layers * used);
  const ids = Uint16Array.from({ length: count }, () => from.varint());
  const weights = Float32Array.from({ length: count }, () => (from.two() / weightSteps) * largest);
  return { layers, used, ids, weights };
}
