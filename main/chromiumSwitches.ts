// The switches that Chromium starts with: WebGPU on Linux, where it is not on by itself, and no traffic of Chromium's own.
import fs from 'node:fs';
import path from 'node:path';
import type { CommandLine } from 'electron';

/** Call before the app is ready. Whatever the command line names already stays as it is. */
export function addChromiumSwitches(commandLine: CommandLine): void {
  const add = (name: string, value?: string) => {
    if (!commandLine.hasSwitch(name)) commandLine.appendSwitch(name, value);
  };
  add('disable-background-networking');
  add('disable-component-update');
  add('disable-domain-reliability');
  // No name and no address outside resolves, whatever should ever ask.
  add('host-resolver-rules', 'MAP * ~NOTFOUND');
  if (process.platform === 'linux' && !commandLine.hasSwitch('disable-gpu') && hasHardwareVulkan()) {
    add('enable-unsafe-webgpu');
    add('ignore-gpu-blocklist');
    add('use-angle', 'vulkan');
    const features = commandLine.getSwitchValue('enable-features').split(',').filter(Boolean);
    commandLine.appendSwitch('enable-features', [...new Set([...features, 'Vulkan'])].join(','));
  }
}

const driverFolders = ['/etc', '/usr/share', '/usr/local/share', '/run/opengl-driver/share'];
const softwareDriver = /^(lvp|lavapipe|vk_swiftshader|swiftshader)/;

/**
 * A GPU's device node and a Vulkan driver that is not a software one. Without both, Chromium's defaults draw the window
 * more reliably, and the engine runs on the CPU.
 */
function hasHardwareVulkan(): boolean {
  const devices = [...listed('/dev/dri').filter((name) => name.startsWith('renderD')), ...listed('/dev')];
  if (!devices.some((name) => /^(renderD\d+|nvidia\d+|dxg)$/.test(name))) return false;
  const drivers = driverFolders.flatMap((folder) => listed(path.join(folder, 'vulkan', 'icd.d')));
  return drivers.some((name) => name.endsWith('.json') && !softwareDriver.test(name));
}

function listed(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
