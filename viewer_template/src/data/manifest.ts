// manifest.json, read and checked (docs/site-format.md §2). Unknown keys are ignored.
import { Checked, type Json } from './checked';
import { SiteError } from './site_error';
import { readTiles } from './tiles_entry';

export const FORMAT_MAJOR = 1;
const FILE = 'manifest.json';
/** Width over height for which layouts are made that have another arrangement for tall windows. */
const WIDE = 1.9;

export interface Segment {
  readonly id: string;
  readonly firstRank: number;
  readonly count: number;
}

/** A part of the world where every image has a square cell of this side; world units. */
export interface CellArea {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly side: number;
}

/** What stands round the images of an arrangement. */
export interface Surround {
  readonly labels: string | null;
  /** What is drawn below the images; null: nothing. */
  readonly ground: string | null;
  /** Where images stand in square cells; the first that holds a position counts. */
  readonly cells: readonly CellArea[];
}

/** A layout's positions for windows of one shape: with room for pictures, or where the whole layout differs with the shape. */
export interface SpreadEntry {
  readonly positions: string;
  /** Side of the square of the same area as each picture, world units; null: the cells say it, if any. */
  readonly pictureSize: number | null;
  /** Width over height of the window. */
  readonly aspect: number;
  readonly surround: Surround;
}

export interface LayoutEntry extends Surround {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Name of the positions column; null where the layout is empty, for the `reason`. */
  readonly positions: string | null;
  readonly reason: string;
  readonly spreads: readonly SpreadEntry[];
}

/** Whether a layout has positions that were measured beside others with room for pictures. */
export function hasRawPositions(layout: LayoutEntry): boolean {
  return layout.spreads.some(({ pictureSize }) => pictureSize !== null);
}

export type FieldKind = 'category' | 'tags' | 'number' | 'date' | 'text' | 'url' | 'boolean';

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly kind: FieldKind;
  /** Name of its column; null where the site is of a version that had none for this kind. */
  readonly column: string | null;
  /** Path of the words that the column indexes: of categories and tags. */
  readonly values: string | null;
}

/** One level of clusters, from few and large to many and small. */
export interface ClusterLevel {
  readonly column: string;
  readonly labels: string;
}

/** Near-duplicates: the columns of groups and of what each image is in its group. */
export interface DuplicatesEntry {
  readonly column: string;
  readonly roles: string;
}

/** A number about every image that the writer made: how far its place on the map may be trusted. */
export interface MeasureEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly column: string;
}

/** The search index: its folder, how many files it has, and the fields in the order of its masks. */
export interface SearchEntry {
  readonly folder: string;
  readonly dictionaries: number;
  readonly reversedDictionaries: number;
  readonly fieldNames: readonly string[];
}

/** Words that a model guessed: their folder, how many words and files of postings it has, and what guessed them. */
export interface ConceptsEntry {
  readonly folder: string;
  readonly words: number;
  readonly files: number;
  readonly model: string;
}

/** What is shown first of a large site: some images, and tiles of the foremost of them. */
export interface BootEntry {
  readonly path: string;
  readonly count: number;
  readonly overview: { readonly segment: string; readonly level: number; readonly count: number };
}

/** The publisher's looks: a logo, and links. Style and fonts are the loader's. */
export interface BrandEntry {
  readonly logo: string | null;
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

export interface Manifest {
  readonly buildId: string;
  readonly title: string;
  readonly tagline: string;
  readonly brand: BrandEntry;
  readonly imageCount: number;
  readonly rankOrder: string;
  readonly about: string | null;
  readonly tilePx: number;
  /** Sides of cells, rising. */
  readonly levels: readonly number[];
  /** Side of the tiles of each level. */
  readonly tileSides: readonly number[];
  readonly segments: readonly Segment[];
  /** null: the site has no detail pictures. */
  readonly detailsPath: string | null;
  /** What opens when an image is enlarged, unread (data/closeup.ts). */
  readonly closeups: unknown;
  /** Files of micro-thumbnails, each of so many ranks; none where the site is of a version that had none. */
  readonly micro: { readonly ranksPerChunk: number; readonly paths: readonly string[] };
  /** What is shown first; null where the site is small or of a version that had none. */
  readonly boot: BootEntry | null;
  readonly wordsPath: string;
  readonly ranksPerBlock: number;
  /** null: the site has no search index. */
  readonly search: SearchEntry | null;
  /** null: nothing is guessed. */
  readonly concepts: ConceptsEntry | null;
  readonly columns: ReadonlyMap<string, string>;
  readonly homeLayout: string;
  readonly layouts: readonly LayoutEntry[];
  readonly clusterLevels: readonly ClusterLevel[];
  /** null: there are none. */
  readonly duplicates: DuplicatesEntry | null;
  readonly measures: readonly MeasureEntry[];
  readonly fields: readonly Field[];
  /** By rank, 1 where an image has been taken down since the build; null: none has. It is never shown. */
  readonly gone: Uint8Array | null;
}

const KINDS: ReadonlySet<string> = new Set(['category', 'tags', 'number', 'date', 'text', 'url', 'boolean']);

/** @throws SiteError that names the key, what was found and what should be there */
export function readManifest(json: unknown): Manifest {
  const check = new Checked(FILE);
  const root = check.object('(all)', json);
  const format = check.object('format', root['format']);
  const major = check.whole('format.major', format['major'], 1);
  if (format['name'] !== 'clipplot-site') check.fail('format.name', '"clipplot-site"', format['name']);
  if (major > FORMAT_MAJOR) {
    throw new SiteError(FILE, `has format version ${String(major)}; this viewer reads up to ${String(FORMAT_MAJOR)}`);
  }
  const imageCount = check.whole('image_count', root['image_count']);
  const columns = new Map<string, string>();
  for (const [name, entry] of Object.entries(check.object('columns', root['columns']))) {
    columns.set(name, check.path(`columns.${name}.path`, check.object(`columns.${name}`, entry)['path']));
  }
  for (const name of ['aspect', 'color', 'id']) {
    if (!columns.has(name)) check.fail(`columns.${name}`, 'there', undefined);
  }
  const details = isAbsent(root['details']) ? null : check.object('details', root['details']);
  const words = check.object('words', root['words']);
  const layouts = check.list('layouts', root['layouts']).map((entry, i) => readLayout(check, `layouts[${String(i)}]`, entry, columns));
  const homeLayout = check.text('home_layout', root['home_layout']);
  if (!layouts.some((layout) => layout.name === homeLayout && layout.positions !== null)) {
    check.fail('home_layout', 'a layout with positions', homeLayout);
  }
  const clusters = check.object('clusters', root['clusters'] ?? { levels: [] });
  return {
    buildId: check.text('build_id', root['build_id']),
    title: check.text('title', root['title']),
    tagline: check.text('tagline', root['tagline'] ?? ''),
    brand: isAbsent(root['brand']) ? { logo: null, links: [] } : readBrand(check, check.object('brand', root['brand'])),
    imageCount,
    rankOrder: check.text('rank_order', root['rank_order']),
    about: isAbsent(root['about']) ? null : check.path('about', root['about']),
    ...readTiles(check, check.object('tiles', root['tiles'])),
    segments: readSegments(check, root['segments'], imageCount),
    closeups: root['closeups'],
    detailsPath: details && check.path('details.path', details['path']),
    micro: readMicro(check, root['micro'], imageCount),
    boot: isAbsent(root['boot']) ? null : readBoot(check, check.object('boot', root['boot'])),
    wordsPath: check.path('words.path', words['path']),
    ranksPerBlock: check.whole('words.ranks_per_block', words['ranks_per_block'], 1),
    search: isAbsent(root['search']) ? null : readSearch(check, check.object('search', root['search']), check.list('fields', root['fields'] ?? [])),
    concepts: isAbsent(root['concepts']) ? null : readConcepts(check, check.object('concepts', root['concepts'])),
    columns,
    homeLayout,
    layouts,
    clusterLevels: check.list('clusters.levels', clusters['levels']).map((level) => readClusterLevel(check, check.object('clusters.levels', level))),
    duplicates: isAbsent(root['duplicates']) ? null : readDuplicates(check, check.object('duplicates', root['duplicates']), columns),
    measures: check.list('measures', root['measures'] ?? []).map((entry) => readMeasure(check, check.object('measures', entry), columns)),
    gone: readGone(check.list('tombstones', root['tombstones'] ?? []).map((rank) => check.whole('tombstones', rank)), imageCount),
    fields: check.list('fields', root['fields'] ?? []).flatMap((entry) => readField(check, check.object('fields', entry), columns)),
  };
}

function readBrand(check: Checked, brand: Json): BrandEntry {
  const links = check.list('brand.links', brand['links'] ?? []).map((entry) => {
    const link = check.object('brand.links', entry);
    const url = check.text('brand.links.url', link['url']);
    if (!/^(https?:\/\/|mailto:)/.test(url)) check.fail('brand.links.url', 'an address of the web or of mail', url);
    return { title: check.text('brand.links.title', link['title']), url };
  });
  return { logo: isAbsent(brand['logo']) ? null : check.path('brand.logo', brand['logo']), links };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function readLayout(check: Checked, key: string, entry: unknown, columns: ReadonlyMap<string, string>): LayoutEntry {
  const layout = check.object(key, entry);
  const positions = isAbsent(layout['positions']) ? null : check.text(`${key}.positions`, layout['positions']);
  if (positions !== null && !columns.has(positions)) check.fail(`${key}.positions`, 'the name of a column', positions);
  const surround = readSurround(check, key, layout);
  const spreads = check.list(`${key}.spreads`, layout['spreads'] ?? []).map((spread) => readSpread(check, `${key}.spreads`, check.object(`${key}.spreads`, spread), columns));
  return {
    name: check.text(`${key}.name`, layout['name']),
    title: check.text(`${key}.title`, layout['title']),
    description: check.text(`${key}.description`, layout['description'] ?? ''),
    positions,
    reason: check.text(`${key}.reason`, layout['reason'] ?? ''),
    ...surround,
    spreads: isAbsent(layout['tall']) || positions === null ? spreads : byShape(check, key, { positions, surround }, check.object(`${key}.tall`, layout['tall']), columns),
  };
}

/** The arrangements of a layout that is another one in tall windows: as it is, and that one. */
function byShape(check: Checked, key: string, own: { positions: string; surround: Surround }, tall: Json, columns: ReadonlyMap<string, string>): SpreadEntry[] {
  const positions = check.text(`${key}.tall.positions`, tall['positions']);
  if (!columns.has(positions)) check.fail(`${key}.tall.positions`, 'the name of a column', positions);
  return [
    { ...own, pictureSize: null, aspect: WIDE },
    { positions, surround: readSurround(check, `${key}.tall`, tall), pictureSize: null, aspect: 1 / WIDE },
  ];
}

function readSurround(check: Checked, key: string, entry: Json): Surround {
  return {
    labels: isAbsent(entry['labels']) ? null : check.path(`${key}.labels`, entry['labels']),
    ground: isAbsent(entry['ground']) ? null : check.path(`${key}.ground`, entry['ground']),
    cells: check.list(`${key}.cells`, entry['cells'] ?? []).map((area) => readCells(check, `${key}.cells`, check.object(`${key}.cells`, area))),
  };
}

function readCells(check: Checked, key: string, area: Json): CellArea {
  const corner = (name: 'min' | 'max') => {
    const [x, y] = check.list(`${key}.${name}`, area[name]);
    return [check.number(`${key}.${name}`, x), check.number(`${key}.${name}`, y)];
  };
  const [minX, minY] = corner('min');
  const [maxX, maxY] = corner('max');
  const side = check.number(`${key}.side`, area['side']);
  if (side <= 0) check.fail(`${key}.side`, 'above 0', side);
  return { minX, minY, maxX, maxY, side };
}

function readSpread(check: Checked, key: string, spread: Json, columns: ReadonlyMap<string, string>): SpreadEntry {
  const positions = check.text(`${key}.positions`, spread['positions']);
  if (!columns.has(positions)) check.fail(`${key}.positions`, 'the name of a column', positions);
  const pictureSize = check.number(`${key}.picture_size`, spread['picture_size']);
  const aspect = check.number(`${key}.aspect`, spread['aspect']);
  if (pictureSize <= 0) check.fail(`${key}.picture_size`, 'above 0', pictureSize);
  if (aspect <= 0) check.fail(`${key}.aspect`, 'above 0', aspect);
  return { positions, pictureSize, aspect, surround: { labels: null, ground: null, cells: [] } };
}

function readSegments(check: Checked, value: unknown, imageCount: number): Segment[] {
  let next = 0;
  const segments = check.list('segments', value).map((entry) => {
    const segment = check.object('segments', entry);
    const firstRank = check.whole('segments.first_rank', segment['first_rank']);
    if (firstRank !== next) check.fail('segments.first_rank', String(next), firstRank);
    const count = check.whole('segments.count', segment['count'], 1);
    next += count;
    return { id: check.path('segments.id', segment['id']), firstRank, count };
  });
  if (next !== imageCount) check.fail('segments', `segments of ${String(imageCount)} images together`, next);
  return segments;
}

function readMicro(check: Checked, value: unknown, imageCount: number): Manifest['micro'] {
  if (isAbsent(value)) return { ranksPerChunk: 1, paths: [] };
  const micro = check.object('micro', value);
  const ranksPerChunk = check.whole('micro.ranks_per_chunk', micro['ranks_per_chunk'], 1);
  const paths = check.list('micro.paths', micro['paths']).map((path) => check.path('micro.paths', path));
  const chunks = Math.ceil(imageCount / ranksPerChunk);
  if (paths.length !== chunks) check.fail('micro.paths', `${String(chunks)} chunks`, paths.length);
  return { ranksPerChunk, paths };
}

function readBoot(check: Checked, boot: Json): BootEntry {
  const overview = check.object('boot.overview', boot['overview']);
  return {
    path: check.path('boot.path', boot['path']),
    count: check.whole('boot.count', boot['count'], 1),
    overview: {
      segment: check.path('boot.overview.segment', overview['segment']),
      level: check.whole('boot.overview.level', overview['level'], 1),
      count: check.whole('boot.overview.count', overview['count'], 1),
    },
  };
}

function readSearch(check: Checked, search: Json, fields: readonly unknown[]): SearchEntry {
  return {
    folder: check.path('search.folder', search['folder']),
    dictionaries: check.whole('search.dictionaries', search['dictionaries']),
    reversedDictionaries: check.whole('search.reversed_dictionaries', search['reversed_dictionaries']),
    fieldNames: fields.map((field) => check.text('fields.name', check.object('fields', field)['name'])),
  };
}

function readConcepts(check: Checked, entry: Json): ConceptsEntry {
  return {
    folder: check.path('concepts.folder', entry['folder']),
    words: check.whole('concepts.words', entry['words'], 1),
    files: check.whole('concepts.files', entry['files'], 1),
    model: check.text('concepts.model', entry['model']),
  };
}

function readClusterLevel(check: Checked, level: Json): ClusterLevel {
  return { column: check.text('clusters.levels.column', level['column']), labels: check.path('clusters.levels.labels', level['labels']) };
}

function readDuplicates(check: Checked, entry: Json, columns: ReadonlyMap<string, string>): DuplicatesEntry {
  const [column, roles] = (['column', 'roles'] as const).map((key) => {
    const name = check.text(`duplicates.${key}`, entry[key]);
    if (!columns.has(name)) check.fail(`duplicates.${key}`, 'the name of a column', name);
    return name;
  });
  return { column, roles };
}

function readMeasure(check: Checked, entry: Json, columns: ReadonlyMap<string, string>): MeasureEntry {
  const column = check.text('measures.column', entry['column']);
  if (!columns.has(column)) check.fail('measures.column', 'the name of a column', column);
  return {
    name: check.text('measures.name', entry['name']),
    title: check.text('measures.title', entry['title']),
    description: check.text('measures.description', entry['description']),
    column,
  };
}

function readGone(tombstones: readonly number[], imageCount: number): Uint8Array | null {
  if (tombstones.length === 0) return null;
  const gone = new Uint8Array(imageCount);
  for (const rank of tombstones) gone[rank] = 1;
  return gone;
}

/** A field of a kind that this viewer does not know is a field of a later minor version: left out. */
function readField(check: Checked, field: Json, columns: ReadonlyMap<string, string>): Field[] {
  const kind = check.text('fields.kind', field['kind']);
  if (!KINDS.has(kind)) return [];
  // A field without its column can be read all the same, only not filtered by.
  const named = isAbsent(field['column']) ? null : check.text('fields.column', field['column']);
  const column = named !== null && columns.has(named) ? named : null;
  const values = isAbsent(field['values']) ? null : check.path('fields.values', field['values']);
  return [{ name: check.text('fields.name', field['name']), title: check.text('fields.title', field['title']), kind: kind as FieldKind, column, values }];
}
