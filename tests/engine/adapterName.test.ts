// What adapters are called, by what Dawn and browsers say of them.
import { expect, test } from 'vitest';
import { adapterName } from '../../engine/gpu/adapterName.ts';

test.each([
  [
    'Dawn on Vulkan, NVIDIA',
    ['nvidia', '', 'nvidia-h100-80gb-hbm3', 'NVIDIA: 580.159.04 580.159.4.0'],
    'NVIDIA H100 80GB HBM3',
  ],
  [
    'a GeForce',
    ['nvidia', 'ampere', 'nvidia-geforce-rtx-3090-ti', 'NVIDIA: 560.35 560.35.3.0'],
    'NVIDIA GeForce RTX 3090 TI',
  ],
  [
    'Mesa',
    ['amd', 'rdna-2', 'amd-radeon-rx-6800-xt-radv-navi21-', 'radv: Mesa 24.0.5 24.0.5.0'],
    'AMD Radeon RX 6800 XT Radv NAVI21',
  ],
  [
    'SwiftShader',
    ['google', 'swiftshader', 'swiftshader-device-subzero-', 'SwiftShader driver 5.0.0'],
    'SwiftShader driver 5.0.0',
  ],
  ['Direct3D', ['nvidia', 'ampere', '0x2484', 'NVIDIA GeForce RTX 3070'], 'NVIDIA GeForce RTX 3070'],
  ['Metal', ['apple', 'metal-3', '', 'Apple M3 Pro'], 'Apple M3 Pro'],
  ['a browser that tells little', ['intel', 'gen-12lp', '', ''], 'intel gen-12lp'],
  ['a number and a driver', ['nvidia', '', '0x2330', 'NVIDIA: 580.1 580.1.0.0'], 'NVIDIA: 580.1 580.1.0.0'],
  ['nothing', ['', '', '', ''], 'GPU'],
])('%s', (_, [vendor, architecture, device, description], name) => {
  expect(adapterName({ vendor, architecture, device, description })).toBe(name);
});
