// Every kernel by name: its text and its bindings in order (the one place that names them). Shapes and dispatch stand at the
// top of each .wgsl; how many workgroups a run takes is decided where it is dispatched (gpu/ops).

/** `read` and `write` are storage buffers; `write` may also be read. */
export type Access = 'read' | 'write' | 'uniform';

export interface Kernel {
  readonly name: string;
  readonly source: string;
  /** Binding name → access; the order is that of @binding(0), (1), … in group 0. */
  readonly bindings: Readonly<Record<string, Access>>;
}

/** Shared WGSL text by the name that `#import "name"` uses. */
export const sharedModules: Readonly<Record<string, string>> = {};
