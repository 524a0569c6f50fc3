// `npm run dist -- [electron-builder's options]`: bundles the app, then packs it for this platform or the ones named.
// Certificates come from the environment; what cannot be signed is packed all the same, and said.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { bundleIfStale } from './bundle.ts';

const project = path.join(import.meta.dirname, '..');
const options = process.argv.slice(2);
const environment: NodeJS.ProcessEnv = { ...process.env };

const targets = {
  mac: isTarget('darwin', '--mac', '-m'),
  win: isTarget('win32', '--win', '--windows', '-w'),
};

if (targets.mac && !isSet('CSC_LINK', 'CSC_NAME')) {
  console.log('Not signed for macOS: neither CSC_LINK nor CSC_NAME is set.');
  // Otherwise whatever certificate lies in the keychain would be taken.
  environment['CSC_IDENTITY_AUTO_DISCOVERY'] = 'false';
} else if (targets.mac && !isSet('APPLE_API_KEY', 'APPLE_ID', 'APPLE_KEYCHAIN_PROFILE')) {
  console.log('Not notarised for macOS: none of APPLE_API_KEY, APPLE_ID and APPLE_KEYCHAIN_PROFILE is set.');
}
if (targets.win && !isSet('WIN_CSC_LINK', 'CSC_LINK')) {
  console.log('Not signed for Windows: neither WIN_CSC_LINK nor CSC_LINK is set.');
}

bundleIfStale('renderer');
bundleIfStale('main');
const builder = path.join(project, 'node_modules', 'electron-builder', 'cli.js');
const { status } = spawnSync(process.execPath, [builder, 'build', '--publish', 'never', ...options], {
  cwd: project,
  env: environment,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

/** Whether this platform is packed for: the one that runs this, unless others are named. */
function isTarget(platform: NodeJS.Platform, ...flags: string[]): boolean {
  const names = ['--mac', '-m', '--win', '--windows', '-w', '--linux', '-l'];
  const named = options.some((option) => names.includes(option));
  return named ? options.some((option) => flags.includes(option)) : process.platform === platform;
}

function isSet(...names: string[]): boolean {
  return names.some((name) => Boolean(process.env[name]));
}
