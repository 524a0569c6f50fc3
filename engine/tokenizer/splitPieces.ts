// The pre-tokeniser of Qwen2 and Qwen3 (spec 3.1): text to the pieces that merges never cross.

// Unicode White_Space, spelled out: JavaScript's \s has U+FEFF too and lacks U+0085. Case folding equates ſ with s.
const space = '\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000';
const contraction = "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";

const piece = new RegExp(
  [
    contraction,
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    '\\p{N}',
    ` ?[^${space}\\p{L}\\p{N}]+[\\r\\n]*`,
    `[${space}]*[\\r\\n]+`,
    `[${space}]+(?![^${space}])`,
    `[${space}]+`,
  ].join('|'),
  'gu',
);

/** Every character of the text is in exactly one piece. */
export const splitPieces = (text: string): string[] => text.match(piece) ?? [];
