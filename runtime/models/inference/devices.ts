/** The devices that onnxruntime-node can use: is the provider's library there, and which driver answers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCRIPTS } from '../scripts.ts';
import type { Device, DeviceProvider } from './device.ts';
import { loadLibrary } from './library.ts';

/** `library`: path of onnxruntime-node. */
export function deviceProvider(device: Device, library: string): DeviceProvider {
  return { device, missing: MISSING[device](library), driver: DRIVERS[device], script: SCRIPTS.trial };
}

const MISSING: Readonly<Record<Device, (library: string) => () => string | undefined>> = {
  cuda: library => () => {
    const folder = join(dirname(library), '..', 'bin');
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
    const isThere = files.some(file => /onnxruntime_providers_cuda\.(so|dll)$/.test(file));
    return isThere ? undefined : 'the CUDA library of onnxruntime-node is not installed';
  },
  webgpu: library => () => {
    const backends = loadLibrary(library).listSupportedBackends?.() ?? [];
    return backends.some(({ name }) => name === 'webgpu') ? undefined : 'this onnxruntime-node has no WebGPU provider';
  },
};

const DRIVERS: Readonly<Record<Device, () => string>> = {
  cuda: nvidiaDriver,
  webgpu: () => [nvidiaDriver(), ...vulkanDrivers()].join(' '),
};

function nvidiaDriver(): string {
  const file = '/proc/driver/nvidia/version';
  return existsSync(file) ? (readFileSync(file, 'utf8').split('\n')[0] ?? '') : 'no nvidia driver';
}

/** Where Vulkan's loader looks for drivers. */
function vulkanDrivers(): readonly string[] {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named !== undefined) return [named];
  return ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d']
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder).map(file => join(folder, file)));
}
