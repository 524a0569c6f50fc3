// Dispatches of group_slots: the slots of a step by the expert they chose, so many to an entry; and the room for them.
import { groupSlots as kernel } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuRoute, OpContext } from '../types.ts';

/** Entries that a step can need: every expert may leave one partly filled. */
export function entriesFor({ expertCount, expertsUsed }: GpuRoute, tokens: number, size: number): number {
  const slots = tokens * expertsUsed;
  return Math.ceil((slots + (size - 1) * Math.min(expertCount, slots)) / size);
}

export function groupSlots(
  route: GpuRoute,
  size: number,
  tokens: NonNullable<Dispatch['tokens']>,
  context: OpContext,
): Dispatch {
  const { expertCount, expertsUsed, ids } = route;
  return {
    kernel,
    constants: {
      USED: expertsUsed,
      EXPERTS: expertCount,
      ENTRIES: entriesFor(route, context.maxTokens, size),
      TILE: size,
      LANES: context.features.software ? 16 : 256,
    },
    buffers: { step: context.step, ids, groups: groupBuffer(route, size, context) },
    workgroups: () => [expertCount],
    tokens,
  };
}

/** Layers run one after another, so those of one route share their scratch memory. */
const buffers = new WeakMap<GpuRoute, Map<number, GPUBuffer>>();

/** [entries] experts, [entries, size] slots */
export function groupBuffer(route: GpuRoute, size: number, context: OpContext): GPUBuffer {
  let bySize = buffers.get(route);
  if (!bySize) buffers.set(route, (bySize = new Map<number, GPUBuffer>()));
  let buffer = bySize.get(size);
  if (!buffer) {
    buffer = context.createBuffer('groups', entriesFor(route, context.maxTokens, size) * (1 + size) * 4);
    bySize.set(size, buffer);
  }
  return buffer;
}
