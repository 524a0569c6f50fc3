// Compiles kernels: one pipeline for each kernel, variant and set of constants, made once. Bind group layouts come from the
// registry, so that a kernel's bindings are named in one place.
import type { Kernel } from '../kernels/registry.ts';
import { sharedModules } from '../kernels/registry.ts';
import { shaderStage } from './constants.ts';
import { preprocess, type Variant } from './preprocess.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  /** Those of a kernel that was made for one use (resident layers) go with it. */
  readonly #made = new WeakMap<Kernel, Map<string, Promise<Pipeline>>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a kernel; `constants` are its overrides by name. */
  get(kernel: Kernel, constants: Readonly<Record<string, number>>, variant: Variant = {}): Promise<Pipeline> {
    let ofKernel = this.#made.get(kernel);
    if (!ofKernel) this.#made.set(kernel, (ofKernel = new Map<string, Promise<Pipeline>>()));
    const key = JSON.stringify([Object.entries(constants).sort(), Object.entries(variant).sort()]);
    let made = ofKernel.get(key);
    if (!made) ofKernel.set(key, (made = this.#make(kernel, constants, variant)));
    return made;
  }

  async #make(kernel: Kernel, constants: Readonly<Record<string, number>>, variant: Variant): Promise<Pipeline> {
    const device = this.#device;
    const layout = device.createBindGroupLayout({
      label: kernel.name,
      entries: Object.values(kernel.bindings).map((access, binding) => ({
        binding,
        visibility: shaderStage.compute,
        buffer: { type: access === 'read' ? 'read-only-storage' : access === 'uniform' ? 'uniform' : 'storage' },
      })),
    });
    const code = preprocess(kernel.source, sharedModules, variant);
    const module = device.createShaderModule({ label: kernel.name, code });
    const pipeline = await device.createComputePipelineAsync({
      label: kernel.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main', constants: usedConstants(code, constants) },
    });
    return { pipeline, layout };
  }
}

/**
 * Without the constants that this variant declares and never uses: Chromium 130 refuses them, though they are there. In every kernel a
 * constant that is named outside its declaration is used by `main`.
 */
function usedConstants(code: string, constants: Readonly<Record<string, number>>): Record<string, number> {
  const text = code.replaceAll(/\/\/.*/g, '').replaceAll(/override \w+/g, '');
  return Object.fromEntries(Object.entries(constants).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)));
}
