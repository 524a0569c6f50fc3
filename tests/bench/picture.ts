// Draws decode speed against depth of the context, this engine and a peer, from what their benches printed in one run on one machine.
// Run it with: node tests/bench/picture.ts BENCH.txt… PEER.txt FOLDER
//   BENCH.txt  the output of `npm run -s engine -- bench …` (its last line is the JSON), or of the bench in the window; one with resident
//              layers and one without make two lines
//   PEER.txt   lines "DECODE nosample … depth N X tok/s" of llama.cpp, evaluating only; "LLAMA gpu vulkan [ 'CARD' ]" if it says so
// Writes FOLDER/decode-light.svg and decode-dark.svg.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchReport } from '../../engine/bench/report.ts';

export interface Point {
  depth: number;
  tokensPerSecond: number;
}

export interface Series {
  name: string;
  note: string;
  points: Point[];
}

export interface Picture {
  title: string;
  subtitle: string;
  /** The fastest first, the peer last. */
  series: readonly Series[];
}

interface Theme {
  ink: string;
  quiet: string;
  grid: string;
  own: string;
  ordinary: string;
  peer: string;
  /** Of the page: a halo keeps words off the lines of the grid. */
  page: string;
}

export const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    ink: '#1c1f1e',
    quiet: '#5f6663',
    grid: '#dfe3e1',
    own: '#0b7a5c',
    ordinary: '#3f6fa8',
    peer: '#7a6a53',
    page: '#ffffff',
  },
  dark: {
    ink: '#eceeed',
    quiet: '#a0a8a4',
    grid: '#343937',
    own: '#4fd1a5',
    ordinary: '#7fb2ea',
    peer: '#c9b48f',
    page: '#0d1117',
  },
};

/** Decode rows of the first way of sampling that was measured. @throws where there are none */
export function ownSeries(benchOutput: string): { report: BenchReport; points: Point[] } {
  const line = benchOutput.trim().split('\n').at(-1) ?? '';
  const report = JSON.parse(line) as BenchReport;
  const decode = report.rows.flatMap((row) => (row.kind === 'decode' ? row : []));
  const points = decode
    .filter(({ sampling }) => sampling === decode[0].sampling)
    .map(({ depth, tokensPerSecond }) => ({ depth, tokensPerSecond: tokensPerSecond.median }));
  if (points.length === 0) throw new Error('The bench has no row of decoding.');
  return { report, points: points.sort((a, b) => a.depth - b.depth) };
}

/** @throws where there are none */
export function peerPoints(peerOutput: string): Point[] {
  const found = peerOutput.matchAll(/^DECODE nosample .*?depth (\d+) ([\d.]+) tok\/s/gm);
  const points = [...found].map(([, depth, speed]) => ({ depth: Number(depth), tokensPerSecond: Number(speed) }));
  if (points.length === 0) throw new Error('The peer has no line of decoding.');
  return points.sort((a, b) => a.depth - b.depth);
}

/** Dawn may name the driver alone; the peer, where it says so, names the card. */
export const deviceName = (peerOutput: string): string | undefined =>
  /^LLAMA gpu \w+ \[ '([^']+)'/m.exec(peerOutput)?.[1];

const [width, height] = [760, 424];
const plot = { left: 56, right: 150, top: 108, bottom: 56 };
const font = 'font-family="Inter, system-ui, sans-serif"';

export function draw({ title, subtitle, series }: Picture, theme: Theme): string {
  const all = series.flatMap(({ points }) => points);
  const step = niceStep(Math.max(...all.map(({ tokensPerSecond }) => tokensPerSecond)) / 4);
  const top = step * Math.ceil((Math.max(...all.map(({ tokensPerSecond }) => tokensPerSecond)) * 1.08) / step);
  const depths = [...new Set(all.map(({ depth }) => depth))].sort((a, b) => a - b);
  // Depths measured stand at equal distances: their numbers lie too far apart for a scale of their own.
  const x = (depth: number) =>
    plot.left + 24 + (depths.indexOf(depth) / Math.max(1, depths.length - 1)) * (width - plot.left - plot.right - 24);
  const y = (speed: number) => height - plot.bottom - (speed / top) * (height - plot.top - plot.bottom);
  const text = (at: [number, number], content: string, fill: string, more = '') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" fill="${fill}" font-size="13" stroke="${theme.page}" stroke-width="4" paint-order="stroke" ${more}>${escape(content)}</text>`;

  const parts: string[] = [
    text([plot.left - 32, 30], title, theme.ink, 'style="font-size:18px;font-weight:600"'),
    text([plot.left - 32, 52], subtitle, theme.quiet),
  ];
  for (let speed = 0; speed <= top; speed += step) {
    parts.push(
      `<line x1="${plot.left}" x2="${width - plot.right + 12}" y1="${y(speed)}" y2="${y(speed)}" stroke="${theme.grid}"/>`,
    );
    parts.push(text([plot.left - 8, y(speed) + 4], String(speed), theme.quiet, 'text-anchor="end"'));
  }
  for (const depth of depths) {
    const label = depth === 0 ? 'empty' : depth.toLocaleString('en');
    parts.push(text([x(depth), height - plot.bottom + 22], label, theme.quiet, 'text-anchor="middle"'));
  }
  const middle = (plot.left + 24 + width - plot.right) / 2;
  parts.push(text([middle, height - 12], 'tokens in the context', theme.quiet, 'text-anchor="middle"'));
  parts.push(text([plot.left - 32, plot.top - 18], 'tokens a second', theme.quiet));
  series.forEach(({ name, note, points }, i) => {
    const isPeer = i === series.length - 1;
    const color = isPeer ? theme.peer : i === 0 ? theme.own : theme.ordinary;
    const path = points
      .map(({ depth, tokensPerSecond }) => `${x(depth).toFixed(1)},${y(tokensPerSecond).toFixed(1)}`)
      .join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2.5" stroke-linejoin="round"/>`);
    for (const { depth, tokensPerSecond } of points) {
      const offset = isPeer ? 24 : -12;
      parts.push(`<circle cx="${x(depth).toFixed(1)}" cy="${y(tokensPerSecond).toFixed(1)}" r="4.5" fill="${color}"/>`);
      parts.push(text([x(depth), y(tokensPerSecond) + offset], tokensPerSecond.toFixed(0), color, 'text-anchor="middle" style="font-weight:600"')); // prettier-ignore
    }
    const last = points[points.length - 1];
    parts.push(text([x(last.depth) + 26, y(last.tokensPerSecond) + 1], name, color, 'style="font-weight:600"'));
    parts.push(text([x(last.depth) + 26, y(last.tokensPerSecond) + 17], note, theme.quiet, 'style="font-size:11px"'));
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escape(`${title}. ${subtitle}`)}" ${font}>\n${parts.join('\n')}\n</svg>\n`
  );
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

if (import.meta.main) {
  const benchFiles = process.argv.slice(2);
  const [peerFile, folder] = benchFiles.splice(-2);
  if (benchFiles.length === 0) throw new Error('Usage: node tests/bench/picture.ts BENCH.txt… PEER.txt FOLDER');
  const benches = benchFiles.map((file) => ownSeries(readFileSync(file, 'utf8')));
  const [{ report }] = benches;
  const peerOutput = readFileSync(peerFile, 'utf8');
  const picture: Picture = {
    title: `Decoding ${report.model} ${report.quantization}`,
    subtitle: `one at a time on ${deviceName(peerOutput) ?? report.backend.name}, all in the same run; ours with sampling, theirs without`,
    series: [
      ...benches
        .map(({ report: { residentOff }, points }) => ({
          name: 'Conclave',
          note: residentOff === null ? 'resident layers' : 'ordinary dispatches',
          points,
        }))
        .sort((a, b) => b.points[0].tokensPerSecond - a.points[0].tokensPerSecond),
      { name: 'llama.cpp Vulkan', note: 'evaluating only', points: peerPoints(peerOutput) },
    ],
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, theme] of Object.entries(themes))
    writeFileSync(path.join(folder, `decode-${name}.svg`), draw(picture, theme));
}
