// What Markdown is extended by: formulas in TeX ($…$, $$…$$, \(…\), \[…\]) and footnotes. Tokens only; nothing makes HTML.
import { Marked, type TokenizerExtension, type Tokens } from 'marked';

export interface Formula extends Tokens.Generic {
  type: 'formula';
  tex: string;
  /** On a line of its own. */
  display: boolean;
}

export interface FootnoteReference extends Tokens.Generic {
  type: 'footnoteReference';
  label: string;
}

export interface Footnote extends Tokens.Generic {
  type: 'footnote';
  label: string;
}

const displayFormula = /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])[^\S\n]*(?:\n+|$)/;
// As in Pandoc: no space inside the dollars, and no digit after them, so that "$5 and $6" stays money.
const inlineFormula = /^(?:\$\$([^$\n]+?)\$\$|\$(?![\s$])((?:[^$\n\\]|\\.)+?)(?<!\s)\$(?!\d)|\\\((.+?)\\\))/;
const footnote = /^\[\^([^\]\s]{1,50})\]:[^\S\n]*([^\n]*(?:\n[^\S\n]+\S[^\n]*)*)(?:\n+|$)/;
const footnoteReference = /^\[\^([^\]\s]{1,50})\](?!:)/;

const found = (index: number | undefined) => (index === undefined || index < 0 ? undefined : index);

const extensions: TokenizerExtension[] = [
  {
    name: 'formulaBlock',
    level: 'block',
    start: (source) => found(source.search(/(?:^|\n)(?:\$\$|\\\[)/)),
    tokenizer(source): Formula | undefined {
      const match = displayFormula.exec(source);
      if (!match) return undefined;
      return { type: 'formula', raw: match[0], tex: (match[1] ?? match[2] ?? '').trim(), display: true };
    },
  },
  {
    name: 'formula',
    level: 'inline',
    start: (source) => found(source.search(/\$|\\\(/)),
    tokenizer(source): Formula | undefined {
      const match = inlineFormula.exec(source);
      if (!match) return undefined;
      const tex = match[1] ?? match[2] ?? match[3] ?? '';
      return { type: 'formula', raw: match[0], tex: tex.trim(), display: match[1] !== undefined };
    },
  },
  {
    name: 'footnote',
    level: 'block',
    start: (source) => found(source.search(/(?:^|\n)\[\^/)),
    tokenizer(source): Footnote | undefined {
      const match = footnote.exec(source);
      if (!match) return undefined;
      const words = match[2].replace(/\n[^\S\n]+/g, '\n');
      return { type: 'footnote', raw: match[0], label: match[1], tokens: this.lexer.inlineTokens(words) };
    },
  },
  {
    name: 'footnoteReference',
    level: 'inline',
    start: (source) => found(source.indexOf('[^')),
    tokenizer(source): FootnoteReference | undefined {
      const match = footnoteReference.exec(source);
      return match ? { type: 'footnoteReference', raw: match[0], label: match[1] } : undefined;
    },
  },
];

/** The app's Markdown. */
export const markdown = new Marked({ gfm: true, breaks: true });
markdown.use({ extensions });
