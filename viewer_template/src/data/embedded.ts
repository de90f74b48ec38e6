// A site whose files lie in one file, as base64: the source that hands them out. Where they lie in it the caller knows.
import { gunzip } from './column';
import type { FileSource } from './fetching';
import { SiteError } from './site_error';

export interface EmbeddedFile {
  /** Base64. */
  readonly text: string;
  /** Whether the file was packed with gzip before. */
  readonly isPacked: boolean;
}

/** Addresses of pictures that are kept; the oldest are taken back. */
const URLS_KEPT = 64;

/** @param name what the site is known by, as it has no address  @param find the file of a path, if there is one */
export function openEmbedded(name: string, find: (path: string) => EmbeddedFile | null): FileSource {
  const urls = new Map<string, string>();
  const stored = (path: string) => {
    const file = find(path);
    if (!file) throw new SiteError(path, 'is not in this file');
    return file;
  };
  const bytes = async (path: string) => {
    const { text, isPacked } = stored(path);
    const raw = fromBase64(path, text);
    return isPacked ? gunzip(path, raw) : raw;
  };
  return {
    bytes,
    reach: () => Promise.resolve(),
    published: () => Promise.resolve(null),
    blob: async (path) => new Blob([await bytes(path)]),
    json: async (path) => {
      try {
        return JSON.parse(new TextDecoder().decode(await bytes(path))) as unknown;
      } catch (error) {
        throw error instanceof SiteError ? error : new SiteError(path, 'is not valid JSON');
      }
    },
    url: (path) => {
      if (path === '') return name;
      const file = find(path);
      if (!file || file.isPacked) return 'data:,';
      const url = urls.get(path) ?? URL.createObjectURL(new Blob([fromBase64(path, file.text)], { type: typeOf(path) }));
      urls.delete(path);
      urls.set(path, url); // the last used come last
      const [oldest] = urls;
      if (urls.size > URLS_KEPT) {
        URL.revokeObjectURL(oldest[1]);
        urls.delete(oldest[0]);
      }
      return url;
    },
  };
}

/** Without its type a browser takes no vector picture, such as a logo. */
const TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', webp: 'image/webp', png: 'image/png', svg: 'image/svg+xml' };

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

function fromBase64(path: string, text: string): ArrayBuffer {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new SiteError(path, 'is damaged: it is no base64');
  }
  const raw = new Uint8Array(binary.length);
  for (let i = 0; i < raw.length; i++) raw[i] = binary.charCodeAt(i);
  return raw.buffer;
}
