// The one place that asks the server for files. Nothing here knows what is in them.
import { SiteError } from './site_error';

export type Priority = 'high' | 'low' | 'auto';

export interface FileSource {
  bytes(path: string, signal?: AbortSignal, priority?: Priority): Promise<ArrayBuffer>;
  json(path: string, signal?: AbortSignal): Promise<unknown>;
  blob(path: string, signal?: AbortSignal): Promise<Blob>;
  /** Absolute address of a path of the site. */
  url(path: string): string;
}

/** Files below the folder that holds manifest.json. @param base absolute address, ending in a slash */
export function openFolder(base: string): FileSource {
  const url = (path: string) => new URL(path, base).href;
  const get = async (path: string, signal?: AbortSignal, priority: Priority = 'auto') => {
    let response: Response;
    try {
      response = await fetch(url(path), { priority, ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new SiteError(path, 'the server did not answer (offline?)');
    }
    if (!response.ok) throw new SiteError(path, `the server answered ${String(response.status)}`);
    return response;
  };
  return {
    url,
    bytes: async (path, signal, priority) => (await get(path, signal, priority)).arrayBuffer(),
    blob: async (path, signal) => (await get(path, signal)).blob(),
    json: async (path, signal) => {
      const response = await get(path, signal);
      try {
        return (await response.json()) as unknown;
      } catch (error) {
        if (signal?.aborted) throw error;
        throw new SiteError(path, 'is not valid JSON');
      }
    },
  };
}
