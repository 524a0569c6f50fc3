// WebGPU for Node: Dawn, from the npm package `webgpu`. Its instance keeps the process alive for as long as it is referenced.
import { calmTurns } from './nodeTurns.ts';

/** Half precision and matrix units, which Dawn does not offer by itself on every driver; unknown names do no harm. */
const toggles = ['vulkan_enable_f16_on_nvidia', 'allow_unsafe_apis'];

/** Dawn's `navigator.gpu`, or null where its native library does not load. */
export async function dawnGpu(): Promise<GPU | null> {
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    calmTurns();
    return create([`enable-dawn-features=${toggles.join(',')}`]);
  } catch {
    return null;
  }
}
