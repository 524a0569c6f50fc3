// Dispatches of a single token's feed-forward: router logits, gate and up of the experts that are best by them, and down.
import type { RouterRule } from '../../backend/backend.ts';
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import { recordedChoice, recordWeightsAt } from '../ops/recordExperts.ts';
import { routerWordsOf } from '../routerWords.ts';
import type { GpuMatrix, GpuRoute, GpuTensor, OpContext } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';
import { foldConstants, lanesFor, normConstants, readerOf, type Norm } from './constants.ts';
import { asInput, type QuantizedRow } from './quantizedRow.ts';

/** logits [experts] = weight · norm(hidden), in f32. */
export function router(
  hidden: GpuTensor,
  norm: Norm,
  folded: QuantizedRow,
  weight: GpuMatrix,
  logits: GpuTensor,
): Dispatch {
  return {
    kernel: kernels.router1token,
    constants: { EXPERTS: weight.rows, COLUMNS: weight.columns, LANES: 128, ...normConstants(folded, norm) },
    buffers: {
      hidden: hidden.buffer,
      norm: norm.weight.buffer,
      input_scales: asInput(folded).input_scales,
      weight: weight.parts[0].buffer,
      logits: logits.buffer,
    },
    workgroups: () => [Math.ceil(weight.rows / 2)],
  };
}

/** How gateUp chooses the experts, each of its workgroups for itself, and where down finds which they are. */
export interface ExpertChoice {
  route: GpuRoute;
  /** Of the router: f32 [experts], or words that `residual` has added to and `down` empties. */
  logits: { form: 'floats' | 'words'; buffer: GPUBuffer };
  rule: RouterRule;
  /** The row of the route's record that keeps the choice. */
  layer: number;
}

/** activated = silu(gate · input) ⊙ (up · input) as int8, for each chosen expert; dense without a choice. */
export function gateUp(
  context: OpContext,
  input: QuantizedRow,
  norm: Norm,
  gate: GpuMatrix,
  up: GpuMatrix,
  choice: ExpertChoice | null,
  activated: QuantizedRow,
): Dispatch {
  const kept = choice && recordedChoice(choice.route, choice.layer);
  const used = choice?.route.expertsUsed ?? 1;
  const routing = choice && {
    EXPERTS: choice.route.expertCount,
    NORMALIZE: choice.rule.normalize ? 1 : 0,
    SCALE: choice.rule.scale,
  };
  return {
    kernel: kernels.gateUp1token,
    variant: {
      gate: readerOf(gate),
      up: readerOf(up),
      ...(choice ? { choice: 'choose_experts', logits: `logits_${choice.logits.form}` } : { choice: 'one_expert' }),
    },
    constants: {
      GROUPS: input.groups,
      TILES: tilesOf(gate.rows),
      BLOCKS_OUT: activated.groups * 16,
      SCALES_AT: activated.scalesAt,
      USED: used,
      ...routing,
      ...normConstants(input, norm),
      ...lanesFor(context, input.width),
    },
    buffers: {
      ...asInput(input),
      gate: gate.parts[0].buffer,
      up: up.parts[0].buffer,
      router_logits: choice?.logits.buffer ?? context.step,
      quantized: activated.buffer,
      ids: kept?.ids ?? context.createBuffer('noIds', 16),
      weights: kept?.weights ?? context.createBuffer('noWeights', 16),
    },
    workgroups: () => [tilesOf(gate.rows), used],
  };
}

/** hidden += Σ over the chosen experts of weight · activated, prepared for the norm that comes next. */
export function down(
  context: OpContext,
  activated: QuantizedRow,
  weight: GpuMatrix,
  { route, layer, logits }: ExpertChoice,
  hidden: GpuTensor,
  next: Norm,
  folded: QuantizedRow,
): Dispatch {
  return {
    kernel: kernels.down1token,
    variant: { weights: readerOf(weight) },
    constants: {
      GROUPS: activated.groups,
      ROWS: weight.rows,
      USED: route.expertsUsed,
      SHARES_AT: recordWeightsAt(route) / 4,
      EMPTIED: logits.form === 'words' ? routerWordsOf(route.expertCount) : 0,
      ...foldConstants(folded),
      ...lanesFor(context, weight.columns * route.expertsUsed),
    },
    buffers: {
      ...asInput(activated),
      weight: weight.parts[0].buffer,
      chosen: recordedChoice(route, layer).both,
      norm: next.weight.buffer,
      hidden: hidden.buffer,
      quantized: folded.buffer,
      logit_words: logits.buffer,
    },
    workgroups: () => [tilesOf(weight.rows)],
  };
}
