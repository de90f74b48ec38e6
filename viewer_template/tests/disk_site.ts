// Sites on disk, for tests: the sample site that the Python writer published (tests/site/samples).
import { readFile } from 'node:fs/promises';
import type { FileSource } from '../src/data/fetching';
import { readManifest } from '../src/data/manifest';
import { Site } from '../src/data/site';

export const SAMPLE = new URL('../../tests/site/samples/v1/', import.meta.url);

/** @param asked takes the path of every file that is asked for */
export function openDisk(base: URL, asked: string[] = []): FileSource {
  const bytes = async (path: string) => {
    asked.push(path);
    const file = await readFile(new URL(path, base));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  };
  return {
    url: (path) => new URL(path, base).href,
    reach: () => Promise.resolve(),
    published: () => Promise.resolve(null),
    bytes,
    blob: async (path) => new Blob([await bytes(path)]),
    json: async (path) => JSON.parse(new TextDecoder().decode(await bytes(path))) as unknown,
  };
}

export async function openSite(base: URL, asked: string[] = []): Promise<Site> {
  const source = openDisk(base, asked);
  return new Site(source, readManifest(await source.json('manifest.json')));
}

export async function readJson(url: URL): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await readFile(url))) as unknown;
}
