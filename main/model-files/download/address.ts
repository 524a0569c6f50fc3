// Which addresses may be asked and which names a downloaded file may have. Everything that comes from a server, a catalogue
// or a person passes here before it becomes a path.
import { AppError } from '../../ipc/errors.ts';

export interface AddressRules {
  /** The mirror that the user has set: the one host that may be asked without TLS; null for none. */
  mirror: string | null;
}

const longestName = 180;
const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*]/;

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** @throws AppError `bad-address` */
export function checkAddress(text: string, { mirror }: AddressRules): URL {
  let address: URL;
  try {
    address = new URL(text);
  } catch {
    throw new AppError('bad-address', 'This is no address of a file.', text.slice(0, 200));
  }
  const isMirror = mirror !== null && URL.canParse(mirror) && new URL(mirror).host === address.host;
  const open = address.protocol === 'http:' && (isLoopback(address.hostname) || isMirror);
  if (address.protocol !== 'https:' && !open)
    throw new AppError('bad-address', 'Conclave downloads over https only. Use an address that starts with https://.');
  if (address.username !== '' || address.password !== '')
    throw new AppError('bad-address', 'An address with a password in it is not taken. Leave the password out.');
  address.hash = '';
  return address;
}

/** Where a redirect may lead: never from the internet into this machine. @throws AppError `bad-address` */
export function checkRedirect(from: URL, location: string, rules: AddressRules): URL {
  if (!URL.canParse(location, from.href))
    throw new AppError('bad-address', `${from.host} redirects to what is no address.`);
  const to = checkAddress(new URL(location, from).href, rules);
  if (isLoopback(to.hostname) && !isLoopback(from.hostname))
    throw new AppError('bad-address', `${from.host} redirects into this computer, which is not followed.`);
  return to;
}

/** A file name as it is, if it can be one inside a folder on every platform. @throws AppError `bad-name` */
export function checkFileName(name: string): string {
  const refused =
    name.length === 0 ||
    name.length > longestName ||
    name.startsWith('.') ||
    name.endsWith('.') ||
    name.endsWith(' ') ||
    forbidden.test(name) ||
    reservedOnWindows.test(name);
  if (refused)
    throw new AppError(
      'bad-name',
      'The file has a name that could lead outside its folder. It is not taken.',
      JSON.stringify(name).slice(0, 200),
    );
  return name;
}

/** The last segment of an address's path. @throws AppError `bad-name`, `bad-address` */
export function fileNameOf({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  let name: string;
  try {
    name = decodeURIComponent(last);
  } catch {
    throw new AppError('bad-address', 'This is no address of a file.', pathname.slice(0, 200));
  }
  if (name === '') throw new AppError('bad-address', 'This address names no file. Paste the address of a .gguf file.');
  return checkFileName(name);
}

/** A folder name from what people call a model: lower case, one dash between words. */
export function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._]+/g, '-')
    .replaceAll(/^[-._]+|[-._]+$/g, '')
    .slice(0, 100);
  return slug === '' || reservedOnWindows.test(slug) ? `model-${slug}`.replace(/-$/, '') : slug;
}
