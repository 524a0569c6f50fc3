// `npm run test:faults [-- ROUNDS]`: tries every fault of a download many times, kills a download fifty times, and prints what
// came of it as the table in README.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

interface Result {
  assertionResults: { ancestorTitles: string[]; title: string; status: string }[];
}

const project = path.join(import.meta.dirname, '..');
const rounds = Number(process.argv[2] ?? 20);
const kills = 50;
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('The number of rounds has to be a whole number, 1 or more.');
  process.exit(2);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-faults-'));
const report = path.join(folder, 'report.json');
const vitest = path.join(project, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`, '--testTimeout=600000'];
const files = ['faults', 'kill', 'lifecycle', 'twoPrograms', 'fullDisk'].map(
  (name) => `tests/main/model-files/download/${name}`,
);
const { status } = spawnSync(process.execPath, [...args, ...files], {
  cwd: project,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, CONCLAVE_FAULT_ROUNDS: String(rounds), CONCLAVE_KILLS: String(kills) },
});
const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8')) as { testResults: Result[] };
fs.rmSync(folder, { recursive: true });

console.log('| Fault | Tried | Ended right |\n|---|---:|---:|');
for (const { assertionResults } of testResults)
  for (const { ancestorTitles, title, status: ended } of assertionResults) {
    const group = ancestorTitles.at(-1) ?? '';
    const isRepeated = group.startsWith('faults that');
    const tried = isRepeated ? rounds : title.includes('is killed') ? kills : 1;
    const label = group === '' || isRepeated ? title : `${group}: ${title}`;
    console.log(`| ${label} | ${tried} | ${ended === 'passed' ? tried : 'not always'} |`);
  }
process.exit(status ?? 1);
