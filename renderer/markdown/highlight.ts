// Colours code: highlight.js with a few common languages, as runs of text with a scope (never HTML). Loaded only when an
// answer holds code.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  kotlin,
  markdown,
  php,
  python,
  ruby,
  rust,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/** The groups that the tokens file has colours for. */
export type Scope = 'keyword' | 'string' | 'number' | 'comment' | 'name' | null;

export interface Run {
  text: string;
  scope: Scope;
}

interface ScopeNode {
  scope?: string;
  children: (ScopeNode | string)[];
}

const scopeGroups: [RegExp, Scope][] = [
  [/^(keyword|built_in|meta|selector-tag|section|tag|operator)/, 'keyword'],
  [/^(string|regexp|char|symbol|addition|attr-value)/, 'string'],
  [/^(number|literal)/, 'number'],
  [/^(comment|quote|doctag)/, 'comment'],
  [/^(title|name|attr|attribute|property|type|variable|selector|deletion)/, 'name'],
];

/** null when the language is not one we know. */
export function highlight(code: string, language: string): Run[] | null {
  if (!hljs.getLanguage(language)) return null;
  const { rootNode } = hljs.highlight(code, { language, ignoreIllegals: true })._emitter as unknown as {
    rootNode: ScopeNode;
  };
  const runs: Run[] = [];
  collect(rootNode, null, runs);
  return runs;
}

function collect(node: ScopeNode, outer: Scope, runs: Run[]): void {
  const own =
    node.scope === undefined ? null : (scopeGroups.find(([pattern]) => pattern.test(node.scope!))?.[1] ?? null);
  const scope = own ?? outer;
  for (const child of node.children) {
    if (typeof child !== 'string') collect(child, scope, runs);
    else if (runs.at(-1)?.scope === scope) runs.at(-1)!.text += child;
    else runs.push({ text: child, scope });
  }
}
