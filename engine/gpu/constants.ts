// WebGPU's bit flags by value: Node has no GPUBufferUsage and its kin as globals, and the host brings only a device.

export const bufferUsage = {
  mapRead: 0x1,
  mapWrite: 0x2,
  copySource: 0x4,
  copyDestination: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

export const mapMode = { read: 1, write: 2 } as const;
export const shaderStage = { compute: 4 } as const;

/** Offsets of bindings, in bytes, must be multiples of it on any device. */
export const bindingAlignment = 256;

/** The guaranteed most workgroups in one dimension; larger grids fold (dispatch.ts). */
export const maxWorkgroups = 65535;
