// How high a diagram will be, told from its source before it is drawn. Pure.

/** By kind of diagram: a fixed height and a height per line, in pixels, about what Mermaid draws in a column of text. */
const heights: readonly (readonly [kind: RegExp, pixels: number, perLine: number])[] = [
  [/^(flowchart|graph)\s+(LR|RL)\b/, 70, 12],
  [/^(flowchart|graph)\b/, 0, 80],
  [/^sequenceDiagram\b/, 150, 46],
  [/^classDiagram/, 240, 8],
  [/^stateDiagram/, 0, 62],
  [/^erDiagram\b/, 220, 27],
  [/^gantt\b/, 40, 12],
  [/^mindmap\b/, 0, 42],
  [/^timeline\b/, 340, 6],
  [/^gitGraph\b/, 150, 8],
  [/^(pie|journey|quadrantChart)\b/, 450, 0],
];
const ofOthers = 320;
const padding = 28;
const least = 120;
/** A higher diagram is shown smaller until it is enlarged. */
const most = 640;

/** Pixels to keep free for a source, margins included; 0 until its first line is complete. */
export function diagramHeight(source: string): number {
  // Front matter, directives and comments draw nothing.
  const code = source.replace(/^\s*---\n[^]*?\n---\n/, '').replace(/%%\{[^]*?\}%%/g, '');
  const lines = code.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('%%'));
  const first = lines[0]?.trim() ?? '';
  if (lines.length < 2) return 0;
  const [, pixels, perLine] = heights.find(([kind]) => kind.test(first)) ?? [null, ofOthers, 0];
  return Math.min(most, Math.max(least, pixels + perLine * (lines.length - 1))) + padding;
}
