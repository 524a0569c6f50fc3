import { expect, test } from 'vitest';
import { diagramHeight } from '../../renderer/markdown/diagramHeight.ts';

const chain = (first: string, count: number) =>
  [first, ...Array.from({ length: count }, (_, i) => `  n${i} --> n${i + 1}`)].join('\n');

// What Mermaid drew of such sources in a column of 700 pixels.
test.each([
  ['flowchart TD\n  a --> b\n  b --> c\n  b --> d\n  d --> b\n  c --> e', 415],
  [chain('graph LR', 9), 65],
  [`sequenceDiagram\n  participant A\n  participant B\n${'  A->>B: again\n'.repeat(10)}`, 711],
  ['classDiagram\n  Engine <|-- GpuEngine\n  Engine : +answer(prompt) string', 261],
  [chain('stateDiagram-v2', 7), 519],
  ['pie title Salt\n  "Sodium chloride" : 86\n  "Other" : 14', 450],
  ['timeline\n  title History\n  2002 : LinkedIn\n  2004 : Facebook : Google\n  2005 : YouTube', 361],
])('%j is about as high as it was drawn', (source, drawn) => {
  const inside = diagramHeight(source) - 28;
  expect(Math.abs(inside - Math.min(640, Math.max(120, drawn)))).toBeLessThan(0.2 * Math.max(drawn, 300));
});

test('more lines never take less, and nothing is kept before the first line is complete', () => {
  const source = chain('flowchart TD', 30);
  const growing = source.split('\n').map((_, i, lines) => diagramHeight(lines.slice(0, i + 1).join('\n')));
  expect(growing[0]).toBe(0);
  expect(growing.every((height, i) => i === 0 || height >= growing[i - 1])).toBe(true);
  expect(growing.at(-1)).toBe(668);
  expect(diagramHeight('something else\n  a')).toBe(348);
});

test('front matter, directives and comments count for nothing', () => {
  const plain = chain('sequenceDiagram', 5);
  const dressed = `---\ntitle: x\n---\n%%{init: {"theme": "dark"}}%%\n%% a note\n${plain}`;
  expect(diagramHeight(dressed)).toBe(diagramHeight(plain));
});
