// Dispatches of the feed-forward operations, dense and routed. A step of a few tokens goes slot by slot through the experts; a
// step of many groups the slots by expert first, so that weights are unpacked once for several of them.
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuMatrix, GpuRoute, GpuTensor, MatrixPart, OpContext } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';
import { rowPadding } from '../types.ts';
import { grid, inputSide, matmul, shapeFor, tokenTiles, weightModules, type InputForm } from './weightedOps.ts';

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
  form: InputForm,
  context: OpContext,
): Dispatch[] {
  const source = inputSide(input, form, [gate, up], context);
  const { splits, blocks } = shapeFor(context, gate.columns);
  const covered: Coverage[] = route
    ? routedCoverage(route, context)
    : tokenTiles(input.extent, context).map((tile) => ({ ...tile, slots: 'slots_dense', buffer: context.step }));
  const products = covered.flatMap(({ tile, slots, buffer, range, entries }) =>
    overlaps(gate, up).map(({ firstSlab, slabs, firstRow, rows, gatePart, upPart }) => ({
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
        ROWS: output.width,
        USED: route?.expertsUsed ?? 1,
        SPLITS: splits,
        BLOCKS: blocks,
        FIRST_EXPERT: firstSlab,
        EXPERTS: slabs,
        FIRST_TILE: firstRow / 16,
        TILES: tilesOf(rows),
        GATE_START: startTile(gatePart, firstSlab, firstRow),
        GATE_TILES: tilesOf(gatePart.rows),
        UP_START: startTile(upPart, firstSlab, firstRow),
        UP_TILES: tilesOf(upPart.rows),
      },
      buffers: {
        ...source.buffers,
        gate: gatePart.buffer,
        up: upPart.buffer,
        slots: buffer,
        output: output.buffer,
      },
      workgroups: (tokens: number) => grid(tilesOf(rows), entries(tokens)),
      ...(range ? { tokens: range } : {}),
    })),
  );
  return route ? [...groupSlots(route, context), ...products] : products;
}

export function down(
  input: GpuTensor,
  weight: GpuMatrix,
  route: GpuRoute | null,
  hidden: GpuTensor,
  form: InputForm,
  context: OpContext,
): Dispatch[] {
  if (!route) return matmul(input, weight, hidden, { accumulate: true }, form, context);
  const source = inputSide(input, form, [weight], context);
  const { splits, blocks } = shapeFor(context, weight.columns * route.expertsUsed);
  const from = groupedFrom(route);
  const few: Dispatch[] = weight.parts.map((part) => ({
    kernel: kernels.down,
    variant: { ...source.variant, ...weightModules(weight, form) },
    constants: {
      ...source.constants,
      ROWS: weight.rows,
      USED: route.expertsUsed,
      SPLITS: splits,
      BLOCKS: blocks,
      FIRST_EXPERT: part.firstSlab,
      EXPERTS: part.slabs,
      FIRST_TILE: part.firstRow / 16,
      TILES: tilesOf(part.rows),
    },
    buffers: {
      ...source.buffers,
      weight: part.buffer,
      ids: route.ids,
      shares: route.weights,
      hidden: hidden.buffer,
    },
    workgroups: (tokens) => grid(Math.ceil(tilesOf(part.rows) / 2), tokens),
    tokens: { from: 1, to: from - 1 },
  }));
  return from > context.maxTokens ? few : [...few, ...downMany(input, weight, route, hidden, form, context)];
}

/** The products of all slots, then their sums: for steps whose slots are grouped. */
function downMany(
  input: GpuTensor,
  weight: GpuMatrix,
  route: GpuRoute,
  hidden: GpuTensor,
  form: InputForm,
  context: OpContext,
): Dispatch[] {
  const source = inputSide(input, form, [weight], context);
  const { splits, blocks } = shapeFor(context, weight.columns);
  const range = { from: groupedFrom(route), to: context.maxTokens };
  const slots = groupBuffer(route, context);
  const products = productBuffer(route, weight.rows, context);
  return [
    ...groupSlots(route, context),
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
        ROWS: weight.rows,
        SPLITS: splits,
        BLOCKS: blocks,
        FIRST_EXPERT: part.firstSlab,
        EXPERTS: part.slabs,
        FIRST_TILE: part.firstRow / 16,
        TILES: tilesOf(part.rows),
      },
      buffers: { ...source.buffers, weight: part.buffer, slots, products },
      workgroups: (tokens) => grid(Math.ceil(tilesOf(part.rows) / 2), entriesFor(route, tokens)),
      tokens: range,
    })),
    {
      kernel: kernels.sumSlots,
      constants: { COLUMNS: weight.rows, USED: route.expertsUsed },
      buffers: { products, shares: route.weights, hidden: hidden.buffer },
      workgroups: (tokens) => [Math.ceil(weight.rows / 64), tokens],
      tokens: range,
    },
  ];
}

/** Tokens from which on an expert has two slots on average, so that grouping pays. */
function groupedFrom({ expertCount, expertsUsed }: GpuRoute): number {
  return Math.max(2, Math.ceil((2 * expertCount) / expertsUsed));
}

/** Entries that a step can need: every expert may leave one partly filled. */
function entriesFor({ expertCount, expertsUsed }: GpuRoute, tokens: number): number {
  const slots = tokens * expertsUsed;
  return Math.ceil((slots + (grouped - 1) * Math.min(expertCount, slots)) / grouped);
}

function routedCoverage(route: GpuRoute, context: OpContext): Coverage[] {
  const from = groupedFrom(route);
  const few: Coverage = {
    tile: 1,
    slots: 'slots_routed',
    buffer: route.ids,
    entries: (tokens) => tokens * route.expertsUsed,
    range: { from: 1, to: from - 1 },
  };
  if (from > context.maxTokens) return [few];
  const many: Coverage = {
    tile: grouped,
    slots: 'slots_grouped',
    buffer: groupBuffer(route, context),
    entries: (tokens) => entriesFor(route, tokens),
    range: { from, to: context.maxTokens },
  };
  return [few, many];
}

function groupSlots(route: GpuRoute, context: OpContext): Dispatch[] {
  const { expertCount, expertsUsed, ids } = route;
  const from = groupedFrom(route);
  if (from > context.maxTokens) return [];
  return [
    {
      kernel: kernels.groupSlots,
      constants: {
        USED: expertsUsed,
        EXPERTS: expertCount,
        ENTRIES: entriesFor(route, context.maxTokens),
        LANES: context.features.software ? Math.min(16, expertCount) : 128,
      },
      buffers: { step: context.step, ids, groups: groupBuffer(route, context) },
      workgroups: () => [1],
      tokens: { from, to: context.maxTokens },
    },
  ];
}

/** Layers run one after another, so those of one route share their scratch memory. */
const groupBuffers = new WeakMap<GpuRoute, GPUBuffer>();
const productBuffers = new WeakMap<GpuRoute, Map<number, GPUBuffer>>();

function groupBuffer(route: GpuRoute, context: OpContext): GPUBuffer {
  let buffer = groupBuffers.get(route);
  if (!buffer) {
    buffer = context.createBuffer('groups', entriesFor(route, context.maxTokens) * (1 + grouped) * 4);
    groupBuffers.set(route, buffer);
  }
  return buffer;
}

/** [tokens · expertsUsed, width] f32 */
function productBuffer(route: GpuRoute, width: number, context: OpContext): GPUBuffer {
  let byWidth = productBuffers.get(route);
  if (!byWidth) productBuffers.set(route, (byWidth = new Map<number, GPUBuffer>()));
  let buffer = byWidth.get(width);
  if (!buffer) {
    const tokens = Math.ceil(context.maxTokens / rowPadding) * rowPadding;
    buffer = context.createBuffer('slotProducts', tokens * route.expertsUsed * width * 4);
    byWidth.set(width, buffer);
  }
  return buffer;
}

const startTile = (part: MatrixPart, slab: number, row: number) =>
  (slab - part.firstSlab) * tilesOf(part.rows) + (row - part.firstRow) / 16;

/** What each pair of parts has in common: gate and up may be of different types, and so split at different places. */
function overlaps(gate: GpuMatrix, up: GpuMatrix) {
  return gate.parts.flatMap((gatePart) =>
    up.parts.flatMap((upPart) => {
      const firstSlab = Math.max(gatePart.firstSlab, upPart.firstSlab);
      const slabs = Math.min(gatePart.firstSlab + gatePart.slabs, upPart.firstSlab + upPart.slabs) - firstSlab;
      const firstRow = Math.max(gatePart.firstRow, upPart.firstRow);
      const rows = Math.min(gatePart.firstRow + gatePart.rows, upPart.firstRow + upPart.rows) - firstRow;
      return slabs > 0 && rows > 0 ? [{ firstSlab, slabs, firstRow, rows, gatePart, upPart }] : [];
    }),
  );
}
