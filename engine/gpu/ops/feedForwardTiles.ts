// Dispatches of the feed-forward operations for steps that are for tiles (tiles.ts), dense and routed.
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch, Workgroups } from '../dispatch.ts';
import type { GpuMatrix, GpuRoute, GpuTensor, OpContext } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';
import { entriesFor, groupBuffer, groupSlots } from './groupSlots.ts';
import { coveredBy, overlaps, partOf } from './matrixCover.ts';
import { productBuffer, sumSlots } from './slotProducts.ts';
import { denseTiles, expertTiles, tileInput, tileModules, type TileForm } from './tiles.ts';
import { weightModules } from './weightedOps.ts';

/** gate_up, its products as f32 or as halves. */
export function gateUpTiles(
  input: GpuTensor,
  gate: GpuMatrix,
  up: GpuMatrix,
  route: GpuRoute | null,
  output: GpuTensor,
  form: TileForm,
  products: 'float' | 'halves',
  context: OpContext,
): Dispatch[] {
  const source = tileInput(input, form, context);
  const to = products === 'float' ? output.buffer : output.quantized?.halves?.values;
  if (!to) throw new Error(`${output.label} has no room for halves`);
  const ranges = route ? tilesOfExperts(route, form, context) : denseTiles(form, 2 * gate.rows, context);
  return ranges.flatMap(({ size, tokens: range }) => [
    ...(route ? [groupSlots(route, size, range, context)] : []),
    ...overlaps(gate, up).map((overlap) => ({
      kernel: kernels.gateUpTiles,
      variant: {
        ...source.variant,
        ...weightModules(gate, form, 'gate'),
        ...weightModules(up, form, 'up'),
        ...tileModules(form, size),
        slot_tiles: route ? 'slot_tiles_grouped' : 'slot_tiles_dense',
        products: `products_${products}`,
      },
      constants: {
        ...source.constants,
        ...coveredBy(overlap),
        ...(route ? { ENTRIES: entriesFor(route, context.maxTokens, size) } : {}),
        ROWS: output.width,
        USED: route?.expertsUsed ?? 1,
      },
      buffers: {
        ...source.buffers,
        gate: overlap.gatePart.buffer,
        up: overlap.upPart.buffer,
        slots: route ? groupBuffer(route, size, context) : context.step,
        output: to,
      },
      workgroups: (tokens: number): Workgroups => [
        Math.ceil(tilesOf(overlap.rows) / 4),
        route ? entriesFor(route, tokens, size) : Math.ceil(tokens / size),
      ],
      tokens: range,
    })),
  ]);
}

/** The products of all slots, then their sums. */
export function downTiles(
  input: GpuTensor,
  weight: GpuMatrix,
  route: GpuRoute,
  hidden: GpuTensor,
  form: TileForm,
  context: OpContext,
): Dispatch[] {
  const source = tileInput(input, form, context);
  const products = productBuffer(route, weight.rows, context);
  return tilesOfExperts(route, form, context).flatMap(({ size, tokens: range }) => [
    groupSlots(route, size, range, context),
    ...weight.parts.map((part): Dispatch => ({
      kernel: kernels.downTiles,
      variant: {
        ...source.variant,
        ...weightModules(weight, form),
        ...tileModules(form, size),
        slot_tiles: 'slot_tiles_grouped',
      },
      constants: {
        ...source.constants,
        ...partOf(part),
        ENTRIES: entriesFor(route, context.maxTokens, size),
        ROWS: weight.rows,
      },
      buffers: {
        ...source.buffers,
        weight: part.buffer,
        slots: groupBuffer(route, size, context),
        products,
      },
      workgroups: (tokens) => [Math.ceil(tilesOf(part.rows) / 8), entriesFor(route, tokens, size)],
      tokens: range,
    })),
    sumSlots(route, weight.rows, hidden, range, context),
  ]);
}

const tilesOfExperts = ({ expertCount, expertsUsed }: GpuRoute, form: TileForm, context: OpContext) =>
  expertTiles(form, expertCount, expertsUsed, context);
