// WebGPU for Node: Dawn, from the npm package `webgpu`. Its instance keeps the process alive for as long as it is referenced.

/** Dawn's `navigator.gpu`, or null where its native library does not load. */
export async function dawnGpu(): Promise<GPU | null> {
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    return create([]);
  } catch {
    return null;
  }
}
