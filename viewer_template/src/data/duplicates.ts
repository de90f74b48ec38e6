// Near-duplicates: who is in a group with an image (docs/site-format.md §2, §4).
import type { DuplicatesEntry } from './manifest';
import type { Site } from './site';
import { SiteError } from './site_error';

const EARLIEST = 1;
const LARGEST = 2;

export interface Duplicate {
  readonly rank: number;
  readonly isEarliest: boolean;
  readonly isLargest: boolean;
}

/** All images of the group of an image, itself among them, the earliest first; none if it has no near-duplicate. */
export async function duplicatesOf(site: Site, rank: number): Promise<Duplicate[]> {
  const { duplicates, gone } = site.manifest;
  if (duplicates === null) return [];
  const [groups, roles] = await Promise.all([groupsOf(site, duplicates), site.column(duplicates.roles)]);
  const group = groups[rank];
  if (group < 0) return [];
  const found: Duplicate[] = [];
  for (let other = groups.indexOf(group); other >= 0; other = groups.indexOf(group, other + 1)) {
    const role = roles.stored[other];
    if (gone?.[other] !== 1) found.push({ rank: other, isEarliest: (role & EARLIEST) > 0, isLargest: (role & LARGEST) > 0 });
  }
  found.sort((a, b) => Number(b.isEarliest) - Number(a.isEarliest) || Number(b.isLargest) - Number(a.isLargest));
  return found.length > 1 ? found : [];
}

/** The group of every image, -1: none. */
export async function groupsOf(site: Site, duplicates: DuplicatesEntry): Promise<Int16Array | Int32Array> {
  const { stored } = await site.column(duplicates.column);
  if (stored instanceof Int16Array || stored instanceof Int32Array) return stored;
  throw new SiteError(duplicates.column, 'should hold whole numbers with a sign');
}
