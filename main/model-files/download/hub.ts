// What a person pastes (a repository's name, a page of the hub, a file's address) → the files to download. Knows the hub's
// addresses and its list of a repository; the catalogue's `hub` says where they are.
import * as v from 'valibot';
import { AppError } from '../../ipc/errors.ts';
import type { Catalogue, Variant } from '../catalogue.ts';
import { describeFileName, partNames } from '../ggufFile.ts';
import { checkAddress, checkFileName, fileNameOf, type AddressRules } from './address.ts';
import { problemOfStatus } from './problems.ts';
import type { HttpClient } from './request.ts';

export interface SourceFile {
  name: string;
  address: string;
  /** What the hub's list says; the download asks again. */
  byteLength: number | null;
  sha256: string | null;
}

export interface Source {
  /** What people will call it. */
  name: string;
  files: SourceFile[];
  quantization: string | null;
  /** Other quantisations of the repository. */
  choices: string[];
}

export interface HubOptions {
  client: HttpClient;
  hub: Catalogue['hub'];
  /** The user's own base address; null takes the hub's. */
  mirror: string | null;
}

const repositoryName = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;
const listed = v.array(
  v.object({
    type: v.string(),
    path: v.string(),
    size: v.optional(v.number()),
    lfs: v.optional(v.object({ oid: v.string(), size: v.optional(v.number()) })),
  }),
);
const mostListBytes = 16 * 2 ** 20;
const mostPages = 20;
const mostParts = 500;
/** The first of these that a repository has is taken where nobody asks for another. */
const preferred = ['Q4_K_M', 'Q4_K_S', 'Q4_0', 'Q5_K_M', 'Q6_K', 'Q8_0', 'BF16', 'F16'];
/** Of a Hugging Face folder, beside its safetensors. */
const folderTexts = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'model.safetensors.index.json',
]);

/** The files of what was pasted. @throws AppError `bad-address`, `bad-name`, `refused`; TransferProblem */
export async function findSource(
  options: HubOptions,
  text: string,
  quantization: string | null,
  signal: AbortSignal,
): Promise<Source> {
  const pasted = text.trim();
  if (repositoryName.test(pasted)) return listSource(options, pasted, options.hub.revision, quantization, signal);
  const rules: AddressRules = { mirror: options.mirror };
  const address = checkAddress(pasted, rules);
  const base = [options.hub.baseAddress, options.mirror].find((entry) => entry !== null && isUnder(address, entry));
  const page = base === undefined || base === null ? undefined : parsePage(address, base);
  if (page !== undefined) {
    const { repository, revision, file } = page;
    if (file === null) return listSource(options, repository, revision, quantization, signal);
    return fileSource(new URL(fileAddress(options, repository, revision, file)));
  }
  if (base !== undefined && !/\.gguf$/i.test(address.pathname))
    throw new AppError(
      'bad-address',
      'This page is not one of a model. Paste the address of a repository or of a file.',
    );
  return fileSource(address);
}

/** The files of one variant of the catalogue. A plain name needs no list of the repository. */
export async function findVariantSource(
  options: HubOptions,
  { repository, name, pattern, byteLength, sha256, quantization }: Variant,
  signal: AbortSignal,
): Promise<Omit<Source, 'choices'>> {
  const { revision } = options.hub;
  if (name !== undefined) {
    const address = fileAddress(options, repository, revision, name);
    const file = { name, address, byteLength: byteLength ?? null, sha256: sha256 ?? null };
    return { name, quantization, files: [file] };
  }
  const all = await listRepository(options, repository, revision, signal);
  const matches = new RegExp(`^${(pattern ?? '').split('*').map(escape).join('.*')}$`);
  const chosen = (pattern ?? '').endsWith('.safetensors')
    ? huggingFaceFiles(all)
    : all.filter(({ name: file }) => matches.test(file));
  if (chosen.length === 0) throw nothingThere(repository);
  return { name: repository, quantization, files: checkNames(chosen) };
}

interface ListedFile extends SourceFile {
  path: string;
}

async function listSource(
  options: HubOptions,
  repository: string,
  revision: string,
  quantization: string | null,
  signal: AbortSignal,
): Promise<Source> {
  const all = await listRepository(options, repository, revision, signal);
  const groups = new Map<string, ListedFile[]>();
  for (const file of all) {
    if (!/\.gguf$/i.test(file.name) || /mmproj|imatrix/i.test(file.name)) continue;
    const label = describeFileName(file.name).quantization ?? file.name;
    groups.set(label, [...(groups.get(label) ?? []), file]);
  }
  const name = repository.slice(repository.indexOf('/') + 1).replace(/-GGUF$/i, '');
  if (groups.size === 0) {
    const files = huggingFaceFiles(all);
    if (files.length === 0) throw nothingThere(repository);
    return { name, quantization: null, files: checkNames(files), choices: [] };
  }
  const choices = [...groups.keys()];
  const wanted = quantization?.toUpperCase() ?? null;
  const label = wanted === null ? (preferred.find((entry) => groups.has(entry)) ?? choices[0]) : wanted;
  const files = groups.get(label);
  if (files === undefined)
    throw new AppError('refused', `${repository} has no ${label}. It has ${choices.join(', ')}.`);
  // Of two files in one quantisation, one is another build of the model: all parts of the first are meant.
  const parts = new Set(partNames(files[0].name));
  return {
    name: `${name} ${label}`,
    quantization: label,
    files: checkNames(files.filter((file) => parts.has(file.name))),
    choices,
  };
}

async function listRepository(
  options: HubOptions,
  repository: string,
  revision: string,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  const base = options.mirror ?? options.hub.baseAddress;
  const first = fill(options.hub.listPattern, { repository, revision });
  let next: string | null = join(base, first);
  const found: ListedFile[] = [];
  for (let page = 0; next !== null && page < mostPages; page++) {
    const address: URL = checkAddress(next, { mirror: options.mirror });
    const { json, link } = await getJson(options.client, address, signal);
    const parsed = v.safeParse(listed, json);
    if (!parsed.success) throw new AppError('refused', `${address.host} answers with what is no list of files.`);
    for (const { type, path, size, lfs } of parsed.output) {
      if (type !== 'file') continue;
      const oid = lfs?.oid ?? '';
      found.push({
        path,
        name: path.slice(path.lastIndexOf('/') + 1),
        address: fileAddress(options, repository, revision, path),
        byteLength: lfs?.size ?? size ?? null,
        sha256: /^[0-9a-f]{64}$/.test(oid) ? oid : null,
      });
    }
    const rest: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(link)?.[1];
    next = rest === undefined ? null : new URL(rest, address).href;
  }
  return found;
}

async function getJson(
  client: HttpClient,
  address: URL,
  signal: AbortSignal,
): Promise<{ json: unknown; link: string }> {
  const response = await client.get(address, { accept: 'application/json' }, signal);
  try {
    if (response.status !== 200) throw problemOfStatus(response.status, address.host, response.headers['retry-after']);
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of response.body) {
      length += piece.length;
      if (length > mostListBytes) throw new AppError('refused', `The list of files at ${address.host} does not end.`);
      pieces.push(piece);
    }
    const { link } = response.headers;
    return { json: JSON.parse(Buffer.concat(pieces).toString('utf8')), link: typeof link === 'string' ? link : '' };
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new AppError('refused', `${address.host} answers with what is no list of files.`);
    throw error;
  } finally {
    response.close();
  }
}

/** A file by its address, with the other parts of a split one. */
function fileSource(address: URL): Source {
  const fileName = fileNameOf(address);
  const names = partNames(fileName);
  if (names.length === 0 || names.length > mostParts)
    throw new AppError('bad-address', `A model in ${names.length} parts is not taken.`);
  const files = names.map((name) => {
    const part = new URL(address);
    part.pathname = part.pathname.slice(0, part.pathname.lastIndexOf('/') + 1) + encodeURIComponent(name);
    return { name, address: part.href, byteLength: null, sha256: null };
  });
  const { name, quantization } = describeFileName(fileName);
  return { name, quantization, files, choices: [] };
}

interface Page {
  repository: string;
  revision: string;
  /** null: the repository itself. */
  file: string | null;
}

function parsePage({ pathname }: URL, base: string): Page | undefined {
  const below = pathname.slice(new URL(base).pathname.replace(/\/+$/, '').length);
  const parts = below.split('/').filter((part) => part !== '');
  const [owner, name, kind, revision, ...rest] = parts;
  const repository = `${owner ?? ''}/${name ?? ''}`;
  if (!repositoryName.test(repository)) return undefined;
  if (kind === undefined) return { repository, revision: 'main', file: null };
  if (kind === 'tree' && revision !== undefined && rest.length === 0) return { repository, revision, file: null };
  if ((kind === 'blob' || kind === 'resolve') && revision !== undefined && rest.length > 0)
    return { repository, revision, file: decode(rest.join('/')) };
  return undefined;
}

const huggingFaceFiles = (all: ListedFile[]): ListedFile[] => {
  const atRoot = all.filter(({ path }) => !path.includes('/'));
  const weights = atRoot.filter(({ name }) => name.endsWith('.safetensors'));
  if (weights.length === 0 || !atRoot.some(({ name }) => name === 'config.json')) return [];
  return [...atRoot.filter(({ name }) => folderTexts.has(name)), ...weights];
};

/** They all go into one folder: each name is a name, and stands there once. */
function checkNames(files: ListedFile[]): SourceFile[] {
  const names = new Set<string>();
  return files.map(({ path: _, ...file }) => {
    if (names.has(file.name.toLowerCase())) throw new AppError('bad-name', 'Two files of this model have one name.');
    names.add(checkFileName(file.name).toLowerCase());
    return file;
  });
}

function fileAddress({ hub, mirror }: HubOptions, repository: string, revision: string, file: string): string {
  const segments = file.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw new AppError('bad-name', 'A file of this repository has a name that could lead outside its folder.');
  const path = segments.map(encodeURIComponent).join('/');
  return join(mirror ?? hub.baseAddress, fill(hub.filePattern, { repository, revision, file: path }));
}

const fill = (pattern: string, values: Record<string, string>): string =>
  pattern.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');
const join = (base: string, rest: string): string => `${base.replace(/\/+$/, '')}/${rest}`;
const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const isUnder = (address: URL, base: string): boolean =>
  URL.canParse(base) &&
  new URL(base).host === address.host &&
  address.pathname.startsWith(new URL(base).pathname.replace(/\/+$/, ''));
const nothingThere = (repository: string): AppError =>
  new AppError('refused', `${repository} holds no model that Conclave reads: no GGUF file and no safetensors.`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError('bad-address', 'This is no address of a file.', text.slice(0, 200));
  }
}
