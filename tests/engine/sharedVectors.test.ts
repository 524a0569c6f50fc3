// WGSL lets a write to a component of a vector write all of the vector, as Metal and HLSL do: lanes that share one may not write
// components of it each, on whatever GPU that may work.
import { expect, test } from 'vitest';
import * as kernels from '../../engine/kernels/registry.ts';

const texts = Object.entries({
  ...kernels.sharedModules,
  ...Object.fromEntries(
    Object.values(kernels).flatMap((kernel) => ('source' in kernel ? [[kernel.name, kernel.source]] : [])),
  ),
}).map(([name, text]) => ({ name, text: String(text).replace(/\/\/.*/g, '') }));

/** Arrays that lanes share, by name, and whether their elements are vectors. */
const sharedArrays = (text: string): (readonly [string, boolean])[] =>
  [...text.matchAll(/var<(?:workgroup|storage, read_write)> (\w+): array<(\w+)/g)].map(
    ([, name, element]) => [name, /^(vec|mat)/.test(element)] as const,
  );

/** Assignments to a part of an element of an array. */
const partWrites = (text: string, array: string) => {
  const index = String.raw`\[(?:[^[\]]|\[[^\]]*\])*\]`;
  const write = new RegExp(String.raw`\b${array}${index}(?:${index}|\.[xyzw]+)\s*[-+*/|&^]?=[^=].*`, 'g');
  return [...text.matchAll(write)].map(([line]) => line);
};

test('no lane writes a part of a vector that others share', () => {
  expect(texts.length).toBeGreaterThan(50);
  const all = texts.flatMap(({ text }) => sharedArrays(text));
  expect(all.length).toBeGreaterThan(20);
  const found = texts.flatMap(({ name, text }) => {
    // A module may write what its importer declares: that counts where all that declare the name declare vectors.
    const own = sharedArrays(text);
    const names = new Set(
      all.map(([array]) => array).filter((array) => !new RegExp(String.raw`\bvar ${array}\b`).test(text)),
    );
    return [...names]
      .filter((array) => {
        const here = own.filter(([other]) => other === array);
        return (here.length > 0 ? here : all.filter(([other]) => other === array)).every(([, isVector]) => isVector);
      })
      .flatMap((array) => partWrites(text, array).map((line) => `${name}: ${line}`));
  });
  expect(found).toEqual([]);
});

test('it would be seen', () => {
  expect(partWrites('rows[a[i] / 4u][i % 4u] = 1.0;', 'rows')).toHaveLength(1);
  expect(partWrites('rows[i].x += 1.0;', 'rows')).toHaveLength(1);
  expect(partWrites('let x = rows[i].x; rows[i] = x; if (rows[i].x == y) {}', 'rows')).toHaveLength(0);
});
