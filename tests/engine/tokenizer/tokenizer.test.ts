// The tokenizer against the pieces of spec 3.1, ids that Hugging Face's tokenizers library computed, and itself.
import { Tokenizer as ReferenceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitPieces } from '../../../engine/tokenizer/splitPieces.ts';
import { TextStream } from '../../../engine/tokenizer/textStream.ts';
import { Tokenizer } from '../../../engine/tokenizer/tokenizer.ts';
import { openStarter, readStarterJson, type Golden } from '../../support/starter.ts';
import { tinyTokenizer } from '../../support/tinyModel.ts';

const starterData = (await openStarter()).tokenizer!;
const starter = new Tokenizer(starterData);
const tiny = new Tokenizer(tinyTokenizer);

/** Any text that is well-formed, with the spellings of special tokens strewn in. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('<|im_end|>', '<|im_start|>', '<think>', '</think>', '<|im_', ' ', '\n', '\r\n', "'ll", '你好'),
    ),
  )
  .map((parts) => parts.join(''));

describe('splitPieces', () => {
  it.each([
    ["I'LL pay $1234.50  now\n\n  ok", ['I', "'LL", ' pay', ' $', ...'1234.50', ' ', ' now', '\n\n', ' ', ' ok']],
    ['foo_bar(x);\r\n\treturn 0;   ', ['foo', '_bar', '(x', ');\r\n', '\treturn', ' ', '0', ';', '   ']],
    ["café\u0301 'tis don't", ['café', '\u0301', " '", 'tis', ' don', "'t"]],
    ['你好，世界 123', ['你好', '，世界', ' ', '1', '2', '3']],
    ['x²½Ⅷ٣', ['x', '²', '½', 'Ⅷ', '٣']],
    ['tab\t\tend\n \n', ['tab', '\t', '\tend', '\n \n']],
    ['a\u0085b\uFEFFc', ['a', '\u0085b', '\uFEFFc']],
    ["it'ſ \uFEFF!'", ['it', "'ſ", " \uFEFF!'"]],
  ])('splits %j', (text, pieces) => expect(splitPieces(text)).toEqual(pieces));

  it('loses nothing', () => {
    fc.assert(fc.property(anyText, (text) => splitPieces(text).join('') === text));
  });
});

describe('encode', () => {
  interface Encoded {
    text: string;
    /** Special tokens read where they are spelled, and taken as plain text (tokenizers 0.23). */
    ids: number[];
    plainIds: number[];
  }
  const path = new URL('../../fixtures/tokenizer/starter.json', import.meta.url);
  const known = JSON.parse(readFileSync(path, 'utf8')) as Encoded[];

  it('gives the ids of the reference library', () => {
    for (const { text, ids, plainIds } of known) {
      expect([text, starter.encode(text, { special: true })]).toEqual([text, ids]);
      expect([text, starter.encode(text, { special: false })]).toEqual([text, plainIds]);
    }
  });

  it('gives the ids of the JavaScript library on any text', () => {
    const reference = new ReferenceTokenizer(
      readStarterJson<object>('hf/tokenizer.json'),
      readStarterJson<object>('hf/tokenizer_config.json'),
    );
    const property = fc.property(anyText, (text) => {
      const { ids } = reference.encode(text, { add_special_tokens: false });
      expect(starter.encode(text, { special: true })).toEqual(ids);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("gives the prompts of the starter's goldens", () => {
    for (const { text, ids } of readStarterJson<Golden>('golden.json').prompts)
      expect(starter.encode(text, { special: true })).toEqual(ids);
  });

  it('never makes a control token of plain text', () => {
    const property = fc.property(anyText, (text) => {
      const ids = starter.encode(text, { special: false });
      expect(ids.filter((id) => starter.isControl(id))).toEqual([]);
      expect(starter.encode(starter.guard(text), { special: true })).toEqual(ids);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('takes long pieces as it takes short ones', () => {
    const reference = starter.encode('好'.repeat(50), { special: false });
    const ids = starter.encode('好'.repeat(100_000), { special: false });
    expect(ids.slice(0, reference.length - 2)).toEqual(reference.slice(0, -2));
    expect(starter.decode(ids)).toBe('好'.repeat(100_000));
  });

  it('merges the best pair first', () => {
    const spell = (text: string) => tiny.encode(text, { special: false }).map((id) => tinyTokenizer.tokens[id]);
    expect(spell('hell the')).toEqual(['he', 'l', 'l', 'Ġt', 'he']);
  });

  it('reads user-defined tokens always and control tokens on request', () => {
    const [end, think] = ['<|im_end|>', '<think>'].map((token) => tinyTokenizer.tokens.indexOf(token));
    expect(tiny.encode('<|im_end|><think>', { special: true })).toEqual([end, think]);
    const plain = tiny.encode('<|im_end|><think>', { special: false });
    expect(plain).toHaveLength(11);
    expect(plain.at(-1)).toBe(think);
  });
});

describe('decode', () => {
  it('gives back any text, composed', () => {
    const property = fc.property(anyText, (text) => {
      expect(starter.decode(starter.encode(text, { special: false }))).toBe(text.toWellFormed().normalize('NFC'));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('keeps a byte order mark and marks bytes that are no text', () => {
    expect(starter.decode(starter.encode('\uFEFFa', { special: false }))).toBe('\uFEFFa');
    expect(tiny.decode([0xe4, 0xbd, 'a'.charCodeAt(0)])).toBe('\uFFFDa');
  });

  it('refuses tokens outside the vocabulary', () => {
    for (const id of [-1, 272, 1.5])
      expect(() => tiny.tokenBytes(id)).toThrow(expect.objectContaining({ code: 'token-out-of-range' }));
  });
});

describe('TextStream', () => {
  it('says the same as decode and never half a character', () => {
    const property = fc.property(anyText, (text) => {
      const ids = starter.encode(text, { special: false });
      const stream = new TextStream(starter);
      const parts = ids.map((id) => stream.push(id));
      expect(parts.every((part) => part.isWellFormed())).toBe(true);
      expect(parts.join('') + stream.flush()).toBe(starter.decode(ids));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('holds back the bytes of a character until it is whole', () => {
    const stream = new TextStream(tiny);
    expect([0xf0, 0x9f, 0x98, 0x80, 0x21].map((id) => stream.push(id))).toEqual(['', '', '', '😀', '!']);
    expect(stream.push(0xe4)).toBe('');
    expect(stream.flush()).toBe('\uFFFD');
    expect(stream.flush()).toBe('');
  });

  it('leaves control tokens out and keeps thinking marks', () => {
    const stream = new TextStream(tiny);
    const ids = ['<|im_start|>', '<think>', '</think>'].map((token) => tinyTokenizer.tokens.indexOf(token));
    expect(ids.map((id) => stream.push(id))).toEqual(['', '<think>', '</think>']);
  });
});

describe('a tokenizer', () => {
  it('knows which tokens may be sampled and which mark thoughts', () => {
    expect(tiny).toMatchObject({ vocabularySize: 272, samplableCount: 266, thinking: { open: 263, close: 264 } });
    expect(starter).toMatchObject({ samplableCount: 16384, thinking: { open: 16382, close: 16383 } });
    const tokens = tinyTokenizer.tokens.map((token) => (token === '<think>' ? 'x' : token));
    expect(new Tokenizer({ ...tinyTokenizer, tokens }).thinking).toBeNull();
  });

  it('is refused without all bytes and all parts of its merges', () => {
    const refusal = expect.objectContaining({ code: 'bad-tokenizer' });
    const tokens = tinyTokenizer.tokens.map((token) => (token === 'a' ? 'aa' : token));
    expect(() => new Tokenizer({ ...tinyTokenizer, tokens })).toThrow(refusal);
    for (const merge of ['h q', 'nope', 'x y'])
      expect(() => new Tokenizer({ ...tinyTokenizer, merges: [merge] })).toThrow(refusal);
  });
});
