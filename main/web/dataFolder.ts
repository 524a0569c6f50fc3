// Where the web shell keeps chats if no folder is named: where the desktop app on the same machine does.
import os from 'node:os';
import path from 'node:path';

export function defaultDataFolder(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home = os.homedir(),
): string {
  const name = 'Conclave';
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', name);
  if (platform === 'win32') return path.join(environment['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), name);
  return path.join(environment['XDG_CONFIG_HOME'] || path.join(home, '.config'), name);
}
