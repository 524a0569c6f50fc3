// What the back end's handles are on the CPU: the typed arrays behind the interfaces of backend/backend.ts.
import type { KvLayer, Matrix, RopeTable, Route, Tensor, Vector } from '../backend/backend.ts';
import type { KvArrays, RopeAngles } from './qkNormRope.ts';
import type { RouteArrays } from './router.ts';
import type { ExpertRecord } from './sample.ts';

export interface CpuVector extends Vector {
  readonly values: Float32Array;
}
export interface CpuMatrix extends Matrix {
  /** [slabs, rows, columns] */
  readonly values: Float32Array;
}
export interface CpuTensor extends Tensor {
  readonly values: Float32Array;
}
export type CpuRoute = Route & RouteArrays & ExpertRecord & { readonly expertCount: number };
/** The arrays are what the twins work on: the cache itself where it is f32, otherwise shared by all layers. */
export type CpuKvLayer = KvLayer &
  KvArrays & {
    /** Keeps what the arrays hold of these entries. */
    keep(entry: number, count: number): void;
    /** Puts the first entries into the arrays. */
    fetch(count: number): void;
  };
export type CpuRopeTable = RopeTable & RopeAngles;

/** What a closure of a program may look at: the tokens of this step. */
export interface CpuStep {
  tokenIds: Uint32Array;
  position: number;
  tokens: number;
}
