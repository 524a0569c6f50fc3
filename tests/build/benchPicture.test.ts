// The picture of the bench: what it reads from two outputs, and that every number is in it, in light and dark.
import { expect, test } from 'vitest';
import { deviceName, draw, ownSeries, peerPoints, themes } from '../bench/picture.ts';

const spread = (median: number) => ({ median, least: median - 1, most: median + 1, runs: 5 });
const decode = (depth: number, median: number, sampling = 'race') => ({ kind: 'decode', depth, tokens: 256, sampling, tokensPerSecond: spread(median) }); // prettier-ignore
const rows = [{ kind: 'firstToken', promptTokens: 30, quietSeconds: 0, milliseconds: spread(9) }, decode(2048, 20.4), decode(0, 30.2), decode(0, 29, 'greedy')]; // prettier-ignore
const own = `A table\n${JSON.stringify({ model: 'Sample', quantization: 'Q4_K_M', backend: { name: 'A <card>' }, rows })}\n`;
const peer = `LOAD s 5.9
PREFILL fa true 512 4000 tok/s
DECODE greedy fa true depth 0 11.1 tok/s
DECODE nosample fa true depth 0 12.6 tok/s
DECODE nosample fa true depth 2048 10.2 tok/s
`;

test('rows of one way of sampling, by depth', () => {
  expect(ownSeries(own).points).toEqual([
    { depth: 0, tokensPerSecond: 30.2 },
    { depth: 2048, tokensPerSecond: 20.4 },
  ]);
  expect(peerPoints(peer)).toEqual([
    { depth: 0, tokensPerSecond: 12.6 },
    { depth: 2048, tokensPerSecond: 10.2 },
  ]);
  expect(deviceName("LLAMA gpu vulkan [ 'A card' ] release v1\n")).toBe('A card');
  expect(deviceName(peer)).toBeUndefined();
  expect(() => peerPoints('nothing')).toThrow(/no line/);
  expect(() => ownSeries('{"rows":[]}')).toThrow(/no row/);
});

test.each(Object.entries(themes))('%s', (_, theme) => {
  const { report, points } = ownSeries(own);
  const svg = draw(
    {
      title: report.model,
      subtitle: report.backend.name,
      series: [
        { name: 'Own', note: 'a', points },
        { name: 'Another', note: 'c', points: [{ depth: 0, tokensPerSecond: 25.4 }] },
        { name: 'Peer', note: 'b', points: peerPoints(peer) },
      ],
    },
    theme,
  );
  for (const number of ['30', '20', '25', '13', '10']) expect(svg).toContain(`>${number}</text>`);
  for (const label of ['empty', '2,048', 'tokens a second', 'tokens in the context', 'Own', 'Another', 'Peer'])
    expect(svg).toContain(`>${label}</text>`);
  expect(svg).toContain('A &lt;card>');
  expect(svg).not.toMatch(/NaN|undefined/);
  for (const color of [theme.own, theme.ordinary, theme.peer]) expect(svg.split(color).length).toBeGreaterThan(4);
});
