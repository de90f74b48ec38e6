// The facets of a site: what it can be filtered and coloured by. Columns are loaded when a facet is first asked for.
import type { Stored } from './column';
import { groupsOf } from './duplicates';
import type { FacetData } from './filter';
import { NO_DAY } from './filter';
import type { ClusterLevel, Field, FieldKind, Manifest } from './manifest';
import type { Site } from './site';
import { SiteError } from './site_error';
import { Checked } from './checked';

export type FacetKind = 'category' | 'tags' | 'number' | 'date' | 'boolean' | 'cluster' | 'has' | 'duplicates' | 'measure';

export interface Facet {
  /** The name of its criterion, and its key among the filters: 'field:year', 'cluster:0', 'has:title', 'near:duplicates', 'measure:kept'. */
  readonly key: string;
  readonly kind: FacetKind;
  /** Name of the field, or number of the level, as the address has it. */
  readonly name: string;
  /** Of the field; empty for clusters and near-duplicates. */
  readonly title: string;
}

/** Values of a boolean, and of whether a field is filled: at the place of their code. */
export const NO_YES = ['no', 'yes'] as const;
const KINDS: Readonly<Partial<Record<FieldKind, FacetKind>>> = { category: 'category', tags: 'tags', number: 'number', date: 'date', boolean: 'boolean' };

/** All facets: fields in the order of the manifest, clusters, near-duplicates, measures, then whether fields are filled. */
export function listFacets(manifest: Pick<Manifest, 'fields' | 'clusterLevels' | 'duplicates' | 'measures'>): Facet[] {
  const filled = manifest.fields.filter((field) => field.column !== null);
  const fields = filled.flatMap(({ kind, name, title }): Facet[] => {
    const facetKind = KINDS[kind];
    return facetKind ? [{ key: `field:${name}`, kind: facetKind, name, title }] : [];
  });
  const clusters = manifest.clusterLevels.map((_, level): Facet => ({ key: `cluster:${String(level)}`, kind: 'cluster', name: String(level), title: '' }));
  const presence = filled.map(({ name, title }): Facet => ({ key: `has:${name}`, kind: 'has', name, title }));
  const duplicates: Facet[] = manifest.duplicates === null ? [] : [{ key: 'near:duplicates', kind: 'duplicates', name: 'duplicates', title: '' }];
  const measures = manifest.measures.map(({ name, title }): Facet => ({ key: `measure:${name}`, kind: 'measure', name, title }));
  return [...fields, ...clusters, ...duplicates, ...measures, ...presence];
}

export class Facets {
  readonly list: readonly Facet[];
  private readonly byKey: Map<string, Facet>;
  private readonly loaded = new Map<string, Promise<FacetData>>();

  constructor(private readonly site: Site) {
    this.list = listFacets(site.manifest);
    this.byKey = new Map(this.list.map((facet) => [facet.key, facet]));
  }

  get(key: string): Facet | undefined {
    return this.byKey.get(key);
  }

  /** Takes in what is no facet of the site, such as the person's own collections; it is not in the list. */
  lend(facet: Facet, data: FacetData): void {
    this.byKey.set(facet.key, facet);
    this.loaded.set(facet.key, Promise.resolve(data));
  }

  /** The values of a facet; each is loaded once. @throws SiteError where there is no such facet, or no such file */
  data(key: string): Promise<FacetData> {
    let data = this.loaded.get(key);
    if (!data) {
      data = this.load(key);
      this.loaded.set(key, data);
      data.catch(() => this.loaded.delete(key));
    }
    return data;
  }

  private async load(key: string): Promise<FacetData> {
    const facet = this.byKey.get(key);
    if (!facet) throw new SiteError('manifest.json', `has nothing named "${key}"`);
    const { fields, clusterLevels, duplicates, measures } = this.site.manifest;
    if (facet.kind === 'measure') return this.loadNumbers(measures.find(({ name }) => name === facet.name)?.column ?? '');
    if (facet.kind === 'duplicates' && duplicates !== null) {
      return presenceOf({ kind: 'codes', codes: await groupsOf(this.site, duplicates), values: [] });
    }
    if (facet.kind === 'cluster') return this.loadLevel(clusterLevels[Number(facet.name)]);
    const field = fields.find((f) => f.name === facet.name && f.column !== null) as Field & { column: string };
    if (facet.kind !== 'has') return this.loadField(field);
    if (KINDS[field.kind]) return presenceOf(await this.data(`field:${field.name}`));
    return { kind: 'codes', codes: asCodes(field.column, (await this.site.column(field.column)).stored), values: NO_YES };
  }

  private async loadLevel(level: ClusterLevel): Promise<FacetData> {
    const [column, values] = await Promise.all([this.site.column(level.column), this.site.source.json(level.labels)]);
    return { kind: 'codes', codes: asCodes(level.column, column.stored), values: readNames(level.labels, values) };
  }

  private async loadField(field: Field & { column: string }): Promise<FacetData> {
    const { site } = this;
    if (field.kind === 'tags') {
      const [lists, values] = await Promise.all([site.raggedColumn(field.column), this.readValues(field)]);
      return { kind: 'lists', lists, values };
    }
    if (field.kind === 'number') return this.loadNumbers(field.column);
    const { stored, count, components } = await site.column(field.column);
    switch (field.kind) {
      case 'date':
        if (components !== 2 || !(stored instanceof Int32Array)) throw new SiteError(field.column, 'should hold two days an image');
        return { kind: 'days', first: stored.subarray(0, count), last: stored.subarray(count) };
      default:
        return { kind: 'codes', codes: asCodes(field.column, stored), values: field.kind === 'boolean' ? NO_YES : await this.readValues(field) };
    }
  }

  private async loadNumbers(column: string): Promise<FacetData> {
    const { stored, origin, scale } = await this.site.column(column);
    return { kind: 'numbers', numbers: Float64Array.from(stored as Float64Array, (value) => origin + scale * value) };
  }

  private async readValues(field: Field): Promise<readonly string[]> {
    if (field.values === null) throw new SiteError('manifest.json', `field "${field.name}" has no list of values`);
    const check = new Checked(field.values);
    const root = check.object('(all)', await this.site.source.json(field.values));
    return check.list('values', root['values']).map((value) => check.text('values', value));
  }
}

function readNames(file: string, json: unknown): string[] {
  const check = new Checked(file);
  return check.list('clusters', check.object('(all)', json)['clusters']).map((entry) => check.text('clusters.name', check.object('clusters', entry)['name']));
}

function asCodes(file: string, stored: Stored): Int8Array | Int16Array | Int32Array {
  if (stored instanceof Int8Array || stored instanceof Int16Array || stored instanceof Int32Array) return stored;
  throw new SiteError(file, 'should hold whole numbers with a sign');
}

/** Whether each image has a value, as codes into NO_YES. */
export function presenceOf(data: FacetData): FacetData & { kind: 'codes' } {
  const presence = (length: number, isFilled: (rank: number) => boolean): FacetData & { kind: 'codes' } => ({
    kind: 'codes',
    codes: Int8Array.from({ length }, (_, rank) => (isFilled(rank) ? 1 : 0)),
    values: NO_YES,
  });
  switch (data.kind) {
    case 'codes':
      return presence(data.codes.length, (rank) => data.codes[rank] >= 0);
    case 'lists':
      return presence(data.lists.starts.length - 1, (rank) => data.lists.starts[rank] < data.lists.starts[rank + 1]);
    case 'numbers':
      return presence(data.numbers.length, (rank) => !Number.isNaN(data.numbers[rank]));
    case 'days':
      return presence(data.first.length, (rank) => data.first[rank] !== NO_DAY);
  }
}
