// How many workgroups resident layers may have. WebGPU does not tell how many a device runs at the same time, so it is tried out.
import type { Grid } from './shape.ts';

/** Looks at a word before a workgroup gives up: some milliseconds, hundreds of times what a word takes. */
const looks = 20_000;
/** Keys from which on sharing them out pays. */
const directKeys = 512;

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

/** Rising: with more workgroups than run together a step gives up, and more than those need not be tried. */
export const workgroupCounts = [32, 48, 64, 80, 96, 114, 132, 144, 170] as const;
