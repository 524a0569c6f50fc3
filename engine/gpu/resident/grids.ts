// How many workgroups resident layers may have. WebGPU does not tell how many a device runs at the same time, so it is tried out.
import type { Grid } from './shape.ts';

/** Looks at a word before a workgroup gives up: some milliseconds, hundreds of times what a word takes. */
const looks = 20_000;
/** Keys from which on sharing them out pays. */
const directKeys = 160;

export type TriedGrid = Grid & { readonly lanes: number };

export const gridOf = (workgroups: number, lanes: number): TriedGrid => ({
  workgroups,
  lanes,
  subgroup: 32,
  looks,
  directKeys,
});

/** One workgroup a multiprocessor of the GPU that the kernel was written on. */
export const usualGrid = gridOf(132, 512);

/** The usual one first, then those around it; with half as many lanes the best of them, and twice as many. */
export const workgroupCounts = [132, 114, 144, 96, 170, 80, 64, 48, 32] as const;
