// What opens when an image is enlarged (docs/site-format.md §16): a larger picture or a pyramid of the site, or those of
// the one other server that the manifest names.
import { Checked } from './checked';
import type { Row } from './words';

export type Closeup = { readonly kind: 'picture' | 'tiles' | 'iiif'; readonly url: string };

/** The close-up of an image; null where it has none. @param told what the manifest says @param locate address of a path of the site */
export function closeupOf(told: unknown, row: Pick<Row, 'id' | 'closeup'>, locate: (path: string) => string): Closeup | null {
  if (told === undefined || told === null || row.closeup === undefined || row.closeup === false) return null;
  const check = new Checked('manifest.json');
  const entry = check.object('closeups', told);
  const kind = entry['kind'];
  if (kind === 'picture' || kind === 'tiles') {
    const path = check.path('closeups.path', entry['path']).replace('{xx}', row.id.slice(0, 2)).replace('{id}', row.id);
    return { kind, url: locate(path) };
  }
  if (kind !== 'link' && kind !== 'iiif') return null; // of a later version
  const origin = check.text('closeups.origin', entry['origin']);
  const url = check.text('closeup', row.closeup);
  if (!/^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin)) check.fail('closeups.origin', 'https and a host', origin);
  if (!url.startsWith(`${origin}/`)) check.fail('closeup', `an address below ${origin}`, url);
  return { kind: kind === 'link' ? 'picture' : kind, url };
}
