// `npm run notices`: writes THIRD_PARTY_NOTICES.md, the licences of everything that is shipped inside the app: the
// packages that main, renderer and engine import, and what those need, by the lockfile.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const project = path.join(import.meta.dirname, '..');
export const noticesFile = path.join(project, 'THIRD_PARTY_NOTICES.md');

interface LockedPackage {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

const introduction = `# Third-party notices

Conclave is under the MIT licence (see LICENSE). It contains the works listed here, each under its own licence. Electron and
Chromium carry theirs beside the program (LICENSE.electron.txt, LICENSES.chromium.html); better-sqlite3 contains SQLite,
which is in the public domain. The sources and licences of the starter model's training data are in
models/starter/train/README.md. Made by \`npm run notices\`.
`;

/** The file's text as it should be for what is installed. */
export function noticesText(): string {
  const { packages } = JSON.parse(readFileSync(path.join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const places = new Set<string>();
  // Svelte's runtime is in every component, without an import.
  for (const name of [...importedPackages(), 'svelte']) addWithDependencies(name, '', packages, places);
  const sections = [...places].sort().map((place) => section(place, packages[place]));
  return [introduction, ...new Set(sections)].join('\n');
}

/** Adds the lockfile's place of a package, as seen from another, and of all that it needs. */
function addWithDependencies(name: string, from: string, packages: Record<string, LockedPackage>, places: Set<string>) {
  let parent = from;
  let place = path.posix.join(parent, 'node_modules', name);
  while (!(place in packages)) {
    if (parent === '') return;
    parent = parent.includes('/node_modules/') ? parent.slice(0, parent.lastIndexOf('/node_modules/')) : '';
    place = path.posix.join(parent, 'node_modules', name);
  }
  // Types leave nothing in a bundle.
  if (places.has(place) || name.startsWith('@types/') || name === '@webgpu/types') return;
  places.add(place);
  for (const needed of Object.keys(packages[place].dependencies ?? {})) {
    addWithDependencies(needed, place, packages, places);
  }
}

function section(place: string, { version, license = 'see below' }: LockedPackage): string {
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const folder = path.join(project, place);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  const text = file
    ? readFileSync(path.join(folder, file), 'utf8').trim()
    : 'The package carries no text of its own; it names the licence above.';
  return `## ${name} ${version}\n\nLicence: ${license}\n\n\`\`\`\`text\n${text.replaceAll('\r\n', '\n')}\n\`\`\`\`\n`;
}

// Electron brings its own notices; Dawn runs the terminal front end, which is not in the app.
const notInTheApp = new Set(['electron', 'webgpu']);

/** Packages that the sources of the app name. */
function importedPackages(): Set<string> {
  const names = new Set<string>();
  for (const folder of ['main', 'renderer', 'engine']) {
    for (const entry of readdirSync(path.join(project, folder), { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, entry);
      if (!/\.(ts|svelte|css)$/.test(file)) continue;
      for (const name of packagesOf(readFileSync(path.join(project, file), 'utf8'))) names.add(name);
    }
  }
  return names;
}

function packagesOf(source: string): string[] {
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport|\bimport\(|@import)\s*['"]([^'".][^'"]*)['"]/g)];
  return specifiers
    .map(([, specifier]) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => !notInTheApp.has(name) && existsSync(path.join(project, 'node_modules', name)));
}

if (process.argv[1] === import.meta.filename) writeFileSync(noticesFile, noticesText());
