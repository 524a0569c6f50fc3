// Q4_K (spec 2.2): blocks of 256 values in eight sub-blocks of 32. A value is scale · code − least, code 0…15; scale and least
// of a sub-block are 6-bit multiples of the block's two halves. CPU twin of kernels/store_q4_k.wgsl.
import { halfToFloat } from '../dequantize/half.ts';
import { scaleToHalf } from './half.ts';

/** Codes are tried for ranges narrower and wider than 15 steps by these; the fit with the least error wins. */
const tries = [-1, -0.5, 0, 0.5, 1];

/** Of the sub-block fitted last. */
const fitted = { scale: 0, least: 0 };
const scales = new Float64Array(8);
const leasts = new Float64Array(8);

/** Whole blocks; a block with NaN or infinity gets a scale of NaN, so that what is computed with it says so. */
export function quantizeQ4_K(values: Float32Array, out: Uint8Array): void {
  for (let base = 0, at = 0; base < values.length; base += 256, at += 144) {
    let largestScale = 0;
    let largestLeast = 0;
    let finite = true;
    for (let sub = 0; sub < 8; sub++) {
      finite = fitSubBlock(values, base + 32 * sub) && finite;
      scales[sub] = fitted.scale;
      leasts[sub] = fitted.least;
      largestScale = Math.max(largestScale, fitted.scale);
      largestLeast = Math.max(largestLeast, fitted.least);
    }
    const scaleHalf = scaleToHalf(finite ? largestScale / 63 : NaN);
    const leastHalf = scaleToHalf(largestLeast / 63);
    out[at] = scaleHalf & 0xff;
    out[at + 1] = scaleHalf >> 8;
    out[at + 2] = leastHalf & 0xff;
    out[at + 3] = leastHalf >> 8;
    out.fill(0, at + 4, at + 144);
    writeSubBlocks(values, base, out, at, halfToFloat[scaleHalf], halfToFloat[leastHalf]);
  }
}

function writeSubBlocks(values: Float32Array, base: number, out: Uint8Array, at: number, unit: number, least: number) {
  for (let sub = 0; sub < 8; sub++) {
    const scaleCode = unit > 0 ? Math.min(63, Math.round(scales[sub] / unit)) : 0;
    const leastCode = least > 0 ? Math.min(63, Math.round(leasts[sub] / least)) : 0;
    if (sub < 4) {
      out[at + 4 + sub] |= scaleCode;
      out[at + 8 + sub] |= leastCode;
    } else {
      out[at + 8 + sub] = (scaleCode & 15) | ((leastCode & 15) << 4);
      out[at + sub] |= (scaleCode >> 4) << 6;
      out[at + 4 + sub] |= (leastCode >> 4) << 6;
    }
    const step = unit * scaleCode;
    const inverse = step > 0 ? 1 / step : 0;
    // Half a step more, so that cutting off the fraction rounds.
    const shift = least * leastCode * inverse + 0.5;
    const codes = at + 16 + 32 * (sub >> 1);
    const nibble = 4 * (sub & 1);
    for (let i = 0; i < 32; i++) out[codes + i] |= nearestCode(values[base + 32 * sub + i] * inverse + shift) << nibble;
  }
}

const nearestCode = (shifted: number): number => (shifted < 0 ? 0 : shifted >= 16 ? 15 : shifted | 0);

/**
 * Scale and least with a small sum of squared errors over 32 values: for each range tried, the codes nearest to the values, then the
 * line that fits best through (code, value), with least ≥ 0. False where a value is not finite.
 */
function fitSubBlock(values: Float32Array, at: number): boolean {
  let [lowest, highest, sum, squares] = [0, -Infinity, 0, 0];
  for (let i = at; i < at + 32; i++) {
    const value = values[i];
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    sum += value;
    squares += value * value;
  }
  fitted.scale = 0;
  fitted.least = -lowest;
  const range = highest - lowest;
  if (!(range > 0)) return Number.isFinite(squares);
  let leastError = Infinity;
  for (let n = 0; n < tries.length; n++) {
    const inverse = (15 + tries[n]) / range;
    const shift = 0.5 - lowest * inverse;
    let [codes, codeSquares, products] = [0, 0, 0];
    for (let i = at; i < at + 32; i++) {
      const value = values[i];
      const code = nearestCode(value * inverse + shift);
      codes += code;
      codeSquares += code * code;
      products += code * value;
    }
    const determinant = 32 * codeSquares - codes * codes;
    let offset = determinant > 0 ? (sum * codeSquares - codes * products) / determinant : 0;
    let scale = (32 * products - sum * codes) / determinant;
    // Through the origin where the line would need a negative least, or all codes are the same.
    if (offset > 0 || determinant <= 0) [offset, scale] = [0, products / codeSquares];
    const error =
      squares -
      2 * (scale * products + offset * sum) +
      scale * scale * codeSquares +
      2 * scale * offset * codes +
      32 * offset * offset;
    if (error < leastError) {
      leastError = error;
      fitted.scale = scale;
      fitted.least = -offset;
    }
  }
  return Number.isFinite(squares);
}
