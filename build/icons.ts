// `npm run icons`: draws the icons of every platform from icon.svg. The results are kept in the project; run it again
// when the drawing changes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Resvg } from '@resvg/resvg-js';

const drawing = readFileSync(path.join(import.meta.dirname, 'icon.svg'), 'utf8');
// macOS wants a margin around the square; elsewhere it would only make the icon smaller.
const withoutMargin = drawing.replace('viewBox="0 0 1024 1024"', 'viewBox="92 92 840 840"');

const macTypes = { 16: 'icp4', 32: 'ic11', 64: 'ic12', 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' };
const windowsSizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512];

function png(svg: string, size: number): Buffer {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

/** Apple's icon container: entries of a four-letter type, a big-endian length that counts its own header, and a PNG. */
function icns(images: { type: string; data: Buffer }[]): Buffer {
  const entries = images.map(({ type, data }) => {
    const header = Buffer.alloc(8);
    header.write(type, 0, 'latin1');
    header.writeUInt32BE(data.length + 8, 4);
    return Buffer.concat([header, data]);
  });
  const body = Buffer.concat(entries);
  const header = Buffer.alloc(8);
  header.write('icns', 0, 'latin1');
  header.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([header, body]);
}

/** Windows' icon container: a directory of 16 bytes an image, then the PNGs. A side of 256 is written as 0. */
function ico(images: { size: number; data: Buffer }[]): Buffer {
  const directory = Buffer.alloc(6 + 16 * images.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(images.length, 4);
  let offset = directory.length;
  for (const [index, { size, data }] of images.entries()) {
    const entry = 6 + 16 * index;
    directory.writeUInt8(size % 256, entry);
    directory.writeUInt8(size % 256, entry + 1);
    directory.writeUInt16LE(1, entry + 4);
    directory.writeUInt16LE(32, entry + 6);
    directory.writeUInt32LE(data.length, entry + 8);
    directory.writeUInt32LE(offset, entry + 12);
    offset += data.length;
  }
  return Buffer.concat([directory, ...images.map(({ data }) => data)]);
}

function write(name: string, data: Buffer): void {
  const file = path.join(import.meta.dirname, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, data);
  console.log(`build/${name} (${data.length} bytes)`);
}

const macImages = Object.entries(macTypes).map(([size, type]) => ({ type, data: png(drawing, Number(size)) }));
write('icon.icns', icns(macImages));
write('icon.ico', ico(windowsSizes.map((size) => ({ size, data: png(withoutMargin, size) }))));
for (const size of linuxSizes) write(`icons/${size}x${size}.png`, png(withoutMargin, size));
