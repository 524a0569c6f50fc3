// A Vulkan driver that needs no GPU, for Dawn in Node: SwiftShader out of the @sparticuz/chromium package, with the
// Vulkan loader beside it, so that no system package is needed. Must run before Dawn's `create`.
import { constants } from 'node:os';
import path from 'node:path';
import { archivesUsable, unpackArchives } from './browserArchives.ts';

// dlopen(3): the library stays loaded after dlclose. Node has no constant for it.
const RTLD_NODELETE = 0x1000;

/**
 * The driver's description file, for VK_DRIVER_FILES and VK_ICD_FILENAMES; undefined where the package has no driver
 * for this platform (then Dawn uses the machine's own adapter).
 */
export function swiftShaderIcd(): string | undefined {
  return archivesUsable ? path.join(unpackArchives('swiftshader'), 'vk_swiftshader_icd.json') : undefined;
}

/** Environment for a child process that is to run Dawn on SwiftShader, such as the terminal front end. */
export function swiftShaderEnvironment(): Record<string, string> {
  const icd = swiftShaderIcd();
  return icd ? { VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: path.dirname(icd) } : {};
}

/** Makes Dawn in this process find SwiftShader and nothing else. */
export function useSwiftShader(): void {
  const icd = swiftShaderIcd();
  if (!icd) return;
  process.env.VK_DRIVER_FILES = icd;
  process.env.VK_ICD_FILENAMES = icd;
  // LD_LIBRARY_PATH is read only when a process starts. A library that is already loaded is found by its name, so the
  // loader is loaded here; that it is no Node addon shows only after it has been loaded.
  try {
    process.dlopen(
      { exports: {} },
      path.join(path.dirname(icd), 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | RTLD_NODELETE,
    );
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('self-register')) throw error;
  }
}
