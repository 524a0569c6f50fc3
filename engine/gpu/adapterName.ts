// What an adapter is called: browsers and drivers put its name into different fields, or none.

/** Of GPUAdapterInfo. */
export interface AdapterTexts {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
}

/** "NVIDIA: 580.159.04", "radv: Mesa 24.0.5": the driver, as Dawn describes adapters of Vulkan. */
const driver = /:\s*(mesa\b|v?\d+\.\d+)/i;
/** Ids of PCI devices. */
const number = /^(0x)?[0-9a-f]{4}$/i;
const spelt: Readonly<Record<string, string>> = {
  nvidia: 'NVIDIA',
  geforce: 'GeForce',
  radeon: 'Radeon',
  intel: 'Intel',
};

/** For people; the description where it is no driver, else the device, else what is known. */
export function adapterName({ vendor, architecture, device, description }: AdapterTexts): string {
  if (description && !driver.test(description)) return description;
  if (device && !number.test(device)) return deviceName(device);
  return description || [vendor, architecture || device].filter(Boolean).join(' ') || 'GPU';
}

/** WebGPU writes names in small letters with dashes: "nvidia-h100-80gb-hbm3" is NVIDIA H100 80GB HBM3. */
function deviceName(device: string): string {
  if (/[A-Z ]/.test(device)) return device;
  const words = device.split('-').filter(Boolean);
  return words
    .map(
      (word) =>
        spelt[word] ??
        (word.length <= 3 || /\d/.test(word) ? word.toUpperCase() : word[0].toUpperCase() + word.slice(1)),
    )
    .join(' ');
}
