// Dispatches of the feed-forward operations, dense and routed. A step of a few tokens goes slot by slot through the experts; a
// step of many groups the slots by expert first, so that weights are unpacked once for several of them.
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuMatrix, GpuRoute, GpuTensor, OpContext } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';
import { downTiles } from './feedForwardTiles.ts';
import { entriesFor, groupBuffer, groupSlots } from './groupSlots.ts';
import { coveredBy, overlaps, partOf } from './matrixCover.ts';
import { productBuffer, sumSlots } from './slotProducts.ts';
import {
  grid,
  inputSide,
  lastOfFew,
  matmul,
  shapeFor,
  tokenTiles,
  weightModules,
  type InputForm,
  type InputForms,
} from './weightedOps.ts';

/** Which rows a dispatch works on: all tokens, each slot for itself, or entries of slots grouped by expert. */
interface Coverage {
  tile: number;
  slots: 'slots_dense' | 'slots_routed' | 'slots_grouped';
  buffer: GPUBuffer;
  entries: (tokens: number) => number;
  range: Dispatch['tokens'];
}

/** Slots in one entry of group_slots. */
const grouped = 4;

export function gateUp(
  input: GpuTensor,
  gate: GpuMatrix,
  up: GpuMatrix,
  route: GpuRoute | null,
  output: GpuTensor,
  forms: InputForms,
  context: OpContext,
): Dispatch[] {
  const form = forms.few;
  const source = inputSide(input, form, [gate, up], context);
  const { splits, blocks } = shapeFor(context, gate.columns);
  const last = lastOfFew(forms, context);
  const covered: Coverage[] = route
    ? routedCoverage(route, last, context)
    : tokenTiles(input.extent, last).map((tile) => ({ ...tile, slots: 'slots_dense', buffer: context.step }));
  const products = covered.flatMap(({ tile, slots, buffer, range, entries }) =>
    overlaps(gate, up).map((overlap) => ({
      kernel: kernels.gateUp,
      variant: {
        ...source.variant,
        ...weightModules(gate, form, 'gate'),
        ...weightModules(up, form, 'up'),
        token_tile: `token_tile_${tile}`,
        slots,
      },
      constants: {
        ...source.constants,
        ...coveredBy(overlap),
        ...(slots === 'slots_grouped' && route ? { ENTRIES: entriesFor(route, context.maxTokens, grouped) } : {}),
        ROWS: output.width,
        USED: route?.expertsUsed ?? 1,
        SPLITS: splits,
        BLOCKS: blocks,
      },
      buffers: {
        ...source.buffers,
        gate: overlap.gatePart.buffer,
        up: overlap.upPart.buffer,
        slots: buffer,
        output: output.buffer,
      },
      workgroups: (tokens: number) => grid(tilesOf(overlap.rows), entries(tokens)),
      ...(range ? { tokens: range } : {}),
    })),
  );
  return [...groupFew(route, last, context), ...products];
}

export function down(
  input: GpuTensor,
  weight: GpuMatrix,
  route: GpuRoute | null,
  hidden: GpuTensor,
  forms: InputForms,
  context: OpContext,
): Dispatch[] {
  if (!route) return matmul(input, weight, hidden, { accumulate: true }, forms, context);
  const form = forms.few;
  const source = inputSide(input, form, [weight], context);
  const { splits, blocks } = shapeFor(context, weight.columns * route.expertsUsed);
  const last = lastOfFew(forms, context);
  const to = Math.min(groupedFrom(route) - 1, last);
  const few: Dispatch[] = weight.parts.map((part) => ({
    kernel: kernels.down,
    variant: { ...source.variant, ...weightModules(weight, form) },
    constants: {
      ...source.constants,
      ...partOf(part),
      ROWS: weight.rows,
      USED: route.expertsUsed,
      SPLITS: splits,
      BLOCKS: blocks,
    },
    buffers: {
      ...source.buffers,
      weight: part.buffer,
      ids: route.ids,
      shares: route.weights,
      hidden: hidden.buffer,
    },
    workgroups: (tokens) => grid(Math.ceil(tilesOf(part.rows) / 2), tokens),
    tokens: { from: 1, to },
  }));
  return [
    ...few,
    ...(to < last ? downGrouped(input, weight, route, hidden, form, { from: to + 1, to: last }, context) : []),
    ...(forms.tiles ? downTiles(input, weight, route, hidden, forms.tiles, context) : []),
  ];
}

/** The products of all slots, then their sums: for steps whose slots are grouped. */
function downGrouped(
  input: GpuTensor,
  weight: GpuMatrix,
  route: GpuRoute,
  hidden: GpuTensor,
  form: InputForm,
  range: NonNullable<Dispatch['tokens']>,
  context: OpContext,
): Dispatch[] {
  const source = inputSide(input, form, [weight], context);
  const { splits, blocks } = shapeFor(context, weight.columns);
  const slots = groupBuffer(route, grouped, context);
  const products = productBuffer(route, weight.rows, context);
  return [
    groupSlots(route, grouped, range, context),
    ...weight.parts.map((part): Dispatch => ({
      kernel: kernels.downSlots,
      variant: {
        ...source.variant,
        ...weightModules(weight, form),
        token_tile: `token_tile_${grouped}`,
        slots: 'slots_grouped',
      },
      constants: {
        ...source.constants,
        ...partOf(part),
        ENTRIES: entriesFor(route, context.maxTokens, grouped),
        ROWS: weight.rows,
        SPLITS: splits,
        BLOCKS: blocks,
      },
      buffers: { ...source.buffers, weight: part.buffer, slots, products },
      workgroups: (tokens) => grid(Math.ceil(tilesOf(part.rows) / 2), entriesFor(route, tokens, grouped)),
      tokens: range,
    })),
    sumSlots(route, weight.rows, hidden, range, context),
  ];
}

/** Tokens from which on an expert has two slots on average, so that grouping pays. */
function groupedFrom({ expertCount, expertsUsed }: GpuRoute): number {
  return Math.max(2, Math.ceil((2 * expertCount) / expertsUsed));
}

function routedCoverage(route: GpuRoute, last: number, context: OpContext): Coverage[] {
  const to = Math.min(groupedFrom(route) - 1, last);
  const few: Coverage = {
    tile: 1,
    slots: 'slots_routed',
    buffer: route.ids,
    entries: (tokens) => tokens * route.expertsUsed,
    range: { from: 1, to },
  };
  if (to >= last) return [few];
  const many: Coverage = {
    tile: grouped,
    slots: 'slots_grouped',
    buffer: groupBuffer(route, grouped, context),
    entries: (tokens) => entriesFor(route, tokens, grouped),
    range: { from: to + 1, to: last },
  };
  return [few, many];
}

/** group_slots for steps that are grouped in fours. */
function groupFew(route: GpuRoute | null, last: number, context: OpContext): Dispatch[] {
  if (!route || groupedFrom(route) > last) return [];
  return [groupSlots(route, grouped, { from: groupedFrom(route), to: last }, context)];
}
