// The one place that asks the server for files. Nothing here knows what is in them.
import { BusyError, SiteError, UnreachableError } from './site_error';

/** What servers, and proxies before them, answer while they are overloaded or begin anew. */
const PASSING = new Set([408, 429, 502, 503, 504]);

export type Priority = 'high' | 'low' | 'auto';

export interface FileSource {
  bytes(path: string, signal?: AbortSignal, priority?: Priority): Promise<ArrayBuffer>;
  json(path: string, signal?: AbortSignal): Promise<unknown>;
  blob(path: string, signal?: AbortSignal): Promise<Blob>;
  /** Address of a path of the site; of the empty one: what the site is known by. */
  url(path: string): string;
  /** Resolves if the server answers now; no cache can do it instead. */
  reach(): Promise<void>;
  /** When the site was published, as the server says (an HTTP date); null where nobody says it. */
  published(): Promise<string | null>;
}

/** Files below the folder that holds manifest.json. @param base absolute address, ending in a slash */
export function openFolder(base: string): FileSource {
  const url = (path: string) => new URL(path, base).href;
  const get = async (path: string, signal?: AbortSignal, priority: Priority = 'auto', cache: RequestCache = 'default') => {
    let response: Response;
    try {
      response = await fetch(url(path), { priority, cache, ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new UnreachableError(path);
    }
    if (PASSING.has(response.status)) throw new BusyError(path, response.status);
    if (!response.ok) throw new SiteError(path, `the server answered ${String(response.status)}`);
    return response;
  };
  /** A body that breaks off in the middle. */
  const whole = async <T>(path: string, body: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await body;
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new UnreachableError(path);
    }
  };
  return {
    url,
    reach: async () => {
      const response = await get('manifest.json', undefined, 'auto', 'no-store');
      await whole('manifest.json', response.arrayBuffer());
    },
    // The build does not say it; the server does.
    published: async () => (await fetch(url('manifest.json'), { method: 'HEAD' })).headers.get('last-modified'),
    bytes: async (path, signal, priority) => {
      const response = await get(path, signal, priority);
      return whole(path, response.arrayBuffer(), signal);
    },
    blob: async (path, signal) => {
      const response = await get(path, signal);
      return whole(path, response.blob(), signal);
    },
    json: async (path, signal) => {
      const text = await whole(path, (await get(path, signal)).text(), signal);
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new SiteError(path, 'is not valid JSON');
      }
    },
  };
}
